import ArgumentParser
import Experiments

/// `metarl report RUN…`
struct ReportVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Print the final figures of runs with confidence intervals.",
    discussion: """
      A directory of several seeds stands for all of them.

      EXAMPLE
        metarl report runs/nmd/20260101-120000
      """)

  @Argument(
    help: ArgumentHelp("The run directories.", valueName: "run"), completion: .directory)
  var directories: [String]

  func run() throws {
    let runs = try directories.flatMap { try RunDirectory.runs(at: $0) }
    print(RunReport(try runs.map { try RunData(of: $0) }).table)
  }
}
