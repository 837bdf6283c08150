import ArgumentParser
import Configuration
import Envs
import Experiments

/// `metarl check-env NAME`
struct CheckEnvironmentVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-env",
    abstract: "Check that an environment keeps the rules that agents rely on.",
    discussion: """
      EXAMPLE
        metarl check-env cartpole --set horizon=50
      """)

  @Argument(help: "The name of the environment.")
  var name: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change an option of the environment.", valueName: "path=value"))
  var changes: [String] = []

  func run() throws {
    let json = try changes.reduce(JSONValue.string(name)) { try $0.applying(Override($1)) }
    let (environment, _) = try CommandLibrary.current.environments.make(
      json, at: JSONPath("environment"))
    let findings = EnvironmentChecker(environment).run()
    for finding in findings { try StandardOutput.writeLine("\(finding)") }
    let faults = findings.count { !$0.passed }
    guard faults == 0 else {
      throw Failure(
        .checkFailed, "\(name) fails \(faults) of \(findings.count) checks",
        remedy: "Mend what is marked FAILED above.")
    }
  }
}
