import ArgumentParser
import Configuration
import Experiments

/// `metarl resume RUN`
struct ResumeVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with a run, or with all runs of several seeds, from the last checkpoint.",
    discussion: """
      The result is the same, bit for bit, as if the run had never stopped.

      EXAMPLE
        metarl resume runs/nmd/20260101-120000-seed7
        metarl resume runs/nmd/20260101-120000-seed7 --set agent.episodes=40000 \
      --allow-config-change agent.episodes
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  @Option(
    name: .customLong("from"),
    parsing: .unconditional,
    help: ArgumentHelp("Go on from an earlier checkpoint.", valueName: "iteration"))
  var iteration: Int?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change an option; needs --allow-config-change.", valueName: "path=value"))
  var changes: [String] = []

  @Option(
    name: .customLong("allow-config-change"),
    help: ArgumentHelp("An option that may differ from the checkpoint's.", valueName: "path"))
  var allowedChanges: [String] = []

  @Option(
    parsing: .unconditional, help: "Threads, 1 with --jobs above 1; results never depend on it.")
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: "How many runs to go on with at a time, each in a process of one thread.")
  var jobs = 1

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @Flag(help: "Show the agent playing in a window meanwhile; results never depend on it.")
  var render = false

  /// Where this is one of several runs of another process: without that process it stops.
  @Option(help: .private)
  var parent: Int32?

  func validate() throws {
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs is 1 to 1024") }
    guard threads.map({ (0...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads is 0 to 1024")
    }
    guard jobs == 1 || (threads ?? 1) == 1 else {
      throw ValidationError("--jobs carries out runs of one thread each, so --threads is 1 with it")
    }
    guard !render || jobs == 1 else {
      throw ValidationError("--render shows one run at a time, and --jobs carries out several")
    }
  }

  func run() throws {
    if let parent { Interruption.follow(parent) }
    let runs = try RunDirectory.runs(at: directory)
    var all = RunAll(
      runs: runs, at: RunDirectory(directory).path, threads: threads, jobs: jobs, quiet: quiet)
    all.checkpoint = iteration.map { .iteration($0) } ?? .latest
    all.changes = try changes.map { try Override($0) }
    all.allowedChanges = allowedChanges
    all.renders = render
    guard runs.count == 1 || (iteration == nil && changes.isEmpty) else {
      throw Failure(
        .usage, "--from and --set go with a single run, \(directory) holds \(runs.count)",
        remedy: "To do so with each of them: \(commandForEachRun)")
    }
    try all.run()
  }

  /// A line for the shell that asks the same of every run below the directory, one after the other.
  private var commandForEachRun: String {
    let options =
      (iteration.map { ["--from \($0)"] } ?? []) + changes.map { "--set \(quoted($0))" }
      + allowedChanges.map { "--allow-config-change \(quoted($0))" }
    let directory = quoted(RunDirectory(directory).path)
    return
      #"for run in \#(directory)/*seed*; do metarl resume "$run" \#(options.joined(separator: " ")); done"#
  }

  /// The text as one word of the shell.
  private func quoted(_ text: String) -> String {
    let isPlain = text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "._-/=".contains($0))
    }
    return isPlain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
  }
}
