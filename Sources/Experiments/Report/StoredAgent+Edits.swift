import Agents
import Configuration
import Envs
import Tensor

extension StoredAgent {
  /// Episodes of the analysis `edits` unless the user says otherwise.
  private static let editedEpisodes = 500

  /// The analysis that edits the task in the middle of episodes; nil where tasks cannot be edited, or the
  /// agent cannot be watched. Whether the edits fit is checked when it runs.
  func editAnalysis(_ edits: [TaskEdit]) throws -> Analysis? {
    guard case .agent(_, let environment) = experiment.subject,
      let trainer = trainer as? any AgentTrainer, !environment.specification.taskEdits.isEmpty
    else { return nil }
    let key = RandomKey(seed: 0)
    let batch = environment.makeBatch(count: 1, split: .test, key: key)
    guard try trainer.makePlayer(in: batch, key: key) != nil else { return nil }
    return Analysis(
      name: AnalysisKind.edits.rawValue,
      summary: "Reward of every step while the task changes (--edit STEP:NAME; "
        + "\(environment.specification.taskEdits.joined(separator: ", "))).",
      defaultEpisodes: Self.editedEpisodes
    ) { episodes, key in
      try Self.check(edits, in: environment.specification)
      return try EditAnalysis(of: trainer, in: environment, edits: edits)
        .run(episodes: episodes, key: key)
    }
  }

  private static func check(
    _ edits: [TaskEdit], in environment: EnvironmentSpecification
  ) throws {
    let names = environment.taskEdits
    guard !edits.isEmpty else {
      let step = environment.horizon.map { max(1, $0 / 2) } ?? 100
      throw Failure(
        .usage, "edits needs at least one --edit STEP:NAME",
        remedy: "Such as --edit \(step):\(names[0]); \(environment.name) knows "
          + "\(names.joined(separator: ", ")).")
    }
    if let unknown = edits.first(where: { !names.contains($0.name) }) {
      throw Failure(
        .usage, "\(environment.name) has no task edit named “\(unknown.name)”",
        remedy: ConfigurationError.suggestion(for: unknown.name, among: names))
    }
    let horizon = environment.horizon ?? .max
    if let outside = edits.first(where: { !(1..<horizon).contains($0.step) }) {
      throw Failure(
        .usage, "step \(outside.step) is not in the middle of an episode",
        remedy: environment.horizon.map { "Choose a step from 1 to \($0 - 1)." }
          ?? "Choose a step from 1 on.")
    }
    if let twice = edits.indices.first(where: { edits[..<$0].contains(edits[$0]) }) {
      throw Failure(
        .usage, "\(edits[twice].name) is asked for twice before step \(edits[twice].step)",
        remedy: "Keep one of the two.")
    }
  }
}
