import Agents
import ArgumentParser
import Experiments

/// `metarl analyze RUN`
struct AnalyzeVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Look into a trained agent: its modulation signal, its neurons, how it adapts anew.",
    discussion: """
      Without --kind, lists what there is to look at. Numbers and a figure go to figures/ of the run.

      EXAMPLE
        metarl analyze runs/nmd/20260101-120000-seed7 --kind modulation
        metarl analyze runs/spore-reaching/20260101-120000-seed1 --kind fields
        metarl analyze runs/nmd/20260101-120000-seed7 --kind edits --edit 100:redrawGoal \
      --edit 200:redrawGoal
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  @Option(help: "Which analysis: modulation, freeze, fields or edits.")
  var kind: String?

  @Option(parsing: .unconditional, help: "Test episodes, instead of those the analysis proposes.")
  var episodes: Int?

  @Option(
    name: .customLong("edit"),
    help: ArgumentHelp(
      "With edits: change the task before this step of every episode, such as 300:swapTargets.",
      valueName: "step:edit"))
  var edits: [TaskEdit] = []

  @Option(help: "latest, best, or the number of an iteration.")
  var checkpoint: CheckpointChoice = .latest

  @Option(
    help: ArgumentHelp(
      "Where to write; of several runs, into a directory for each.", valueName: "directory"),
    transform: outputDirectory)
  var output: String?

  func validate() throws {
    guard episodes.map({ (10...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--episodes is 10 to 1000000")
    }
    guard kind != nil || edits.isEmpty else {
      throw ValidationError("--edit goes with --kind edits")
    }
  }

  func run() throws {
    let runs = try RunDirectory.runs(at: directory)
    for run in runs {
      let experiment = try ResolvedExperiment(
        json: run.storedExperiment(), library: CommandLibrary.current)
      let agent = try StoredAgent(experiment, in: run, checkpoint: checkpoint, threads: nil)
      guard let kind else {
        if runs.count > 1 { try StandardOutput.writeLine(run.path) }
        for analysis in try AnalysisReport.analyses(of: agent) {
          try StandardOutput.writeLine("\(analysis.name)  \(analysis.summary)")
        }
        continue
      }
      let report = try AnalysisReport(kind, of: agent, episodes: episodes, edits: edits)
      if runs.count > 1 { try StandardOutput.writeLine(run.path) }
      try StandardOutput.writeLine(report.table)
      // Runs must not overwrite each other's figures.
      let place = output.map { runs.count > 1 ? "\($0)/\(run.name)" : $0 }
      for path in try report.write(into: place ?? run.figuresPath) {
        StandardError.write("wrote \(path)\n")
      }
    }
  }
}
