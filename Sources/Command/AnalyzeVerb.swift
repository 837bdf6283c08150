import Agents
import ArgumentParser
import Experiments

/// `metarl analyze RUN`
struct AnalyzeVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Look into a trained agent: what its modulation signal tells, what its neurons see.",
    discussion: """
      Without --kind, lists what there is to look at. Numbers and a figure go to figures/ of the run.

      EXAMPLE
        metarl analyze runs/nmd/20260101-120000-seed7 --kind modulation
        metarl analyze runs/spore-reaching/20260101-120000-seed1 --kind fields
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  @Option(help: "Which analysis: modulation, freeze or fields.")
  var kind: String?

  @Option(help: "Test episodes, instead of those the analysis proposes.")
  var episodes: Int?

  @Option(help: "latest, best, or the number of an iteration.")
  var checkpoint: CheckpointChoice = .latest

  @Option(help: ArgumentHelp("Where to write.", valueName: "directory"))
  var output: String?

  func validate() throws {
    guard episodes.map({ (10...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--episodes is 10 to 1000000")
    }
  }

  func run() throws {
    for run in try RunDirectory.runs(at: directory) {
      let experiment = try ResolvedExperiment(
        json: run.storedExperiment(), library: MetaRLCommand.library)
      let agent = try StoredAgent(experiment, in: run, checkpoint: checkpoint, threads: nil)
      guard let kind else {
        for analysis in try AnalysisReport.analyses(of: agent) {
          print("\(analysis.name)  \(analysis.summary)")
        }
        continue
      }
      let report = try AnalysisReport(kind, of: agent, episodes: episodes)
      print(report.table)
      for path in try report.write(into: output ?? run.figuresPath) {
        StandardError.write("wrote \(path)\n")
      }
    }
  }
}
