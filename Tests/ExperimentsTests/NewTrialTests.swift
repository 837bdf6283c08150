import Agents
import Configuration
import Envs
import Experiments
import Render
import Scenes
import Tensor
import Testing
import TestSupport

/// What a demonstration draws in its trials.
@Suite struct NewTrialTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Where the walker was in the first steps of one trial after the other. It begins at 0 and goes where the
  /// dice say, whatever the task.
  private func paths() throws -> [[SIMD2<Double>]] {
    var library = Library.test
    library.agents.register(.init("dice", "Acts at random.", options: Dice.self) { $0.factory })
    let experiment = try ResolvedExperiment(json: TestRun.json("agent=dice"), library: library)
    let watched = try Demonstration(
      experiment, in: RunDirectory(scratch["run"]), key: RandomKey(seed: 5))
    return try (0..<3).map { _ in
      for _ in 0..<4 { try watched.step() }
      guard case .trace(let path, _, _)? = watched.frame().scene?.shapes.last else { return [] }
      try watched.beginTrial()
      return path
    }
  }

  @Test func aNewTrialHasNoiseOfItsOwn() throws {
    let paths = try paths()
    #expect(paths.map(\.count) == [5, 5, 5])
    #expect(paths[0] != paths[1] && paths[0] != paths[2] && paths[1] != paths[2])
    #expect(try self.paths() == paths, "what is seen depends on the key alone")
    // The first trial has the streams of the key itself.
    var noise = RandomKey(seed: 5).stream()
    #expect(paths[0][1].x == Double(noise.uniform(-1, 1)))
  }
}

/// An agent that acts at random and learns nothing.
private struct Dice: Configurable {
  static var fields: [Field<Self>] { [] }

  var factory: AgentFactory { AgentFactory(discount: 1) { _ in DiceTrainer() } }
}

private final class DiceTrainer: AgentTrainer {
  private(set) var progress = TrainingProgress()
  let totalIterations = 1
  let headlineMetric = "train/return"

  func trainIteration() throws -> [Metric] {
    progress.iterations += 1
    return []
  }
  func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn] { [] }
  func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? { DicePlayer(environment, key: key) }
  func describe() -> String { "dice" }
  func save(into archive: inout Archive) throws {}
  func restore(from archive: Archive) throws {}
}

private final class DicePlayer: Player {
  private let environment: any VectorEnvironment
  private var noise: RandomStream

  init(_ environment: any VectorEnvironment, key: RandomKey) {
    self.environment = environment
    noise = key.stream()
  }

  func step() throws { environment.step([noise.uniform(-1, 1)]) }
  func show(on dashboard: inout Dashboard) {}
}
