import Envs
import Tensor

/// Whether an agent adapts anew when its task changes in the middle of an episode.
///
/// The agent plays episodes of the test split as in a test, without learning. Before the given steps the
/// task of every episode is edited; nothing tells the agent so. What comes out is the reward of every
/// step, the mean over the episodes with its 95 % interval, and of each edit how deep the reward falls
/// within 100 steps and after how many steps most of the loss is made up, where it is no chance.
public struct EditAnalysis {
  /// Steps before and after an edit that the second diagram shows.
  private static let (shownBefore, shownAfter) = (20, 100)
  /// Points of the curve over the whole episode, about.
  private static let points = 350

  private let trainer: any AgentTrainer
  private let environment: EnvironmentFactory
  private let edits: [TaskEdit]
  private let length: Int

  /// The analysis of an agent that can be watched in `environment`.
  ///
  /// - Parameter edits: known to the environment, none before the first step or after the last one.
  public init(of trainer: any AgentTrainer, in environment: EnvironmentFactory, edits: [TaskEdit]) {
    let specification = environment.specification
    let last = edits.map(\.step).max() ?? 0
    self.trainer = trainer
    self.environment = environment
    self.edits = edits.sorted { $0.step < $1.step }
    // Where episodes may last for ever, as long after the last edit as before it.
    length = specification.horizon ?? 2 * last
    precondition(
      edits.allSatisfy { specification.taskEdits.contains($0.name) && $0.step > 0 }
        && last < length, "edits lie within an episode, and the environment knows them")
  }

  /// Plays `episodes` episodes; the result depends on the weights, their number and the key alone.
  ///
  /// - Throws: ``NumericalError`` when a number stops being finite.
  public func run(episodes: Int, key: RandomKey) throws -> AnalysisResult {
    var course = EditedCourse(
      length: length, editSteps: edits.map(\.step),
      counters: environment.specification.counterNames.count, points: Self.points)
    var first = 0
    while first < episodes {
      let rows = min(trainer.largestPlayedBatch, episodes - first)
      let batch = environment.makeBatch(count: rows, firstRow: first, split: .test, key: key)
      batch.autoreset = false
      guard let player = try trainer.makePlayer(in: batch, key: key / "player" / first) else {
        preconditionFailure("an agent that cannot be watched has no edit analysis")
      }
      try play(player, in: batch, into: &course)
      first += rows
    }
    return AnalysisResult(figures: figures(of: course), diagrams: diagrams(of: course))
  }

  private func play(
    _ player: any Player, in batch: any VectorEnvironment, into course: inout EditedCourse
  ) throws {
    course.begin(batch)
    for step in 0..<length {
      for edit in edits where edit.step == step {
        for row in 0..<batch.count where course.isRunning[row] { batch.edit(edit.name, row: row) }
      }
      try player.step()
      course.record(batch, step: step)
    }
  }

  // MARK: Numbers

  private func figures(of course: EditedCourse) -> [AnalysisResult.Figure] {
    let phases = course.playedPhases
    let rewards = course.steps.map(\.mean)
    return phases.flatMap { figures(of: $0, episodes: course.episodes) }
      + zip(phases, phases.dropFirst()).flatMap { before, after in
        figures(of: Recovery(rewards, before: before, after: after), at: after.start)
      }
  }

  private func figures(
    of phase: EditedCourse.Phase, episodes: Int
  ) -> [AnalysisResult.Figure] {
    let title =
      phase.start == 0
      ? "before step \(phase.end)" : "from step \(phase.start), \(editNames(at: phase.start))"
    let counters = zip(environment.specification.counterNames, phase.counters).map { name, sum in
      AnalysisResult.Figure("\(title): \(name) per episode", sum / Double(episodes))
    }
    return [
      .init("\(title): mean reward", phase.reward.mean),
      .init("\(title): half its 95 % interval", phase.reward.margin()),
    ] + counters
  }

  private func figures(of recovery: Recovery, at step: Int) -> [AnalysisResult.Figure] {
    let title = "\(editNames(at: step)) at step \(step)"
    let part = Int(RecoveryCriteria.madeUp * 100)
    return [
      .init("\(title): reward of \(recovery.levelSteps) steps before", recovery.level),
      .init("\(title): least reward of \(recovery.window) steps after", recovery.lowest),
      .init("\(title): half the 95 % interval of the loss", recovery.margin),
      .init(
        "\(title): steps until \(part) % of the loss is made up",
        recovery.steps.map { Double($0) } ?? .nan),
    ]
  }

  private func editNames(at step: Int) -> String {
    edits.filter { $0.step == step }.map(\.name).joined(separator: " and ")
  }

  // MARK: Diagrams

  private func diagrams(of course: EditedCourse) -> [AnalysisResult.Diagram] {
    let steps = course.phases.dropFirst().map(\.start)
    let whole = course.bins.filter { $0.reward.count > 0 }
    let around = steps.enumerated().map { index, step in
      let end = min(step + Self.shownAfter, index + 1 < steps.count ? steps[index + 1] : length)
      let shown = (max(0, step - Self.shownBefore)..<end).filter { course.steps[$0].count > 0 }
      return curve(
        "\(editNames(at: step)) at \(step)", x: shown.map { Double($0 - step) },
        shown.map { course.steps[$0] })
    }
    return [
      .init(
        title: "Reward in the course of an episode", xTitle: "step",
        yTitle: "mean reward of a step",
        curves: [curve("mean reward", x: whole.map(\.middle), whole.map(\.reward))],
        marks: steps.map { .init(Double($0), editNames(at: $0)) }),
      .init(
        title: "Reward about an edit", xTitle: "steps after the edit",
        yTitle: "mean reward of a step", curves: around, marks: [.init(0, "")]),
    ]
  }

  private func curve(
    _ label: String, x: [Double], _ rewards: [Moments]
  ) -> AnalysisResult.Curve {
    AnalysisResult.Curve(
      label, style: .line, x: x, y: rewards.map(\.mean),
      band: .init(
        lower: rewards.map { $0.mean - $0.margin() },
        upper: rewards.map { $0.mean + $0.margin() }))
  }
}
