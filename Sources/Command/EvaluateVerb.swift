import ArgumentParser
import Configuration
import Experiments

/// `metarl eval RUN`
struct EvaluateVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Test what was trained on tasks or examples it was not trained on.",
    discussion: """
      EXAMPLE
        metarl eval runs/nmd/20260101-120000-seed7 --checkpoint best --episodes 1000
        metarl eval runs/nmd/20260101-120000-seed7 --set evaluation.tasks=train
        metarl eval runs/sign-copy/20260101-120000-seed0 --set task.length=10000
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  @Option(help: "latest, best, or the number of an iteration.")
  var checkpoint: CheckpointChoice = .latest

  @Option(parsing: .unconditional, help: "Test episodes, instead of those of the experiment.")
  var episodes: Int?

  @Option(parsing: .unconditional, help: "Seed of the test, instead of that of the experiment.")
  var seed: UInt64?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change the environment, task or tasks of the test, such as task.length=1000.",
      valueName: "path=value"))
  var changes: [String] = []

  @Option(parsing: .unconditional, help: "Threads; results never depend on it.")
  var threads: Int?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard episodes.map({ (1...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--episodes is 1 to 1000000")
    }
    guard threads.map({ (0...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads is 0 to 1024")
    }
  }

  func run() throws {
    let changes = try changes.map { try Override($0) }
    for run in try RunDirectory.runs(at: directory) {
      var stored = try changes.reduce(run.storedExperiment()) { try $0.applying($1) }
      if let seed { stored = try stored.setting("evaluation.seed", to: .number(seed)) }
      if let episodes { stored = try stored.setting("evaluation.episodes", to: .number(episodes)) }
      let evaluation = try Evaluation(
        ResolvedExperiment(json: stored, library: CommandLibrary.current), in: run,
        checkpoint: checkpoint, threads: threads)
      try StandardOutput.writeLine(json ? evaluation.json.compact : evaluation.table)
    }
  }
}
