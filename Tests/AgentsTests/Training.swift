import Agents
import Configuration
import Envs
import NeuroMod
import Tensor

/// Small trainings for tests.
enum Training {
  /// Benchmark 1 with short episodes.
  static func biasedTarget(horizon: Int = 60) throws -> EnvironmentFactory {
    try Registry<EnvironmentFactory>.standard.make(
      .object([
        .init("name", .string("nmd-benchmark1")), .init("horizon", .number(horizon)),
      ]), at: .root
    ).0
  }

  /// Few episodes, short windows and a tiny NMD net.
  static var smallOptions: KLProximalOptions {
    get throws {
      var options = KLProximalOptions()
      options.network = try NetworkChoice(
        json: JSONValue(
          parsing: #"{"name": "nmd", "sizes": [8], "modulationSize": 5, "hidden": [6]}"#),
        at: .root)
      (options.episodes, options.episodesPerIteration) = (60, 10)
      (options.trainCut, options.window) = (40, 20)
      (options.policyEpochs, options.valueEpochs) = (4, 2)
      options.valueMinibatch = 7
      options.shards = 3
      return options
    }
  }

  static func agent(
    _ options: KLProximalOptions, in environment: EnvironmentFactory, threads: Int = 1,
    seed: UInt64 = 5
  ) throws -> KLProximalAgent {
    try KLProximalAgent(
      options,
      context: TrainerContext(
        environment: environment, key: RandomKey(seed: seed), threads: threads))
  }

  /// The metrics of `count` iterations, as bits, so that NaN equals NaN.
  static func run(_ agent: KLProximalAgent, iterations count: Int) throws -> [[UInt64]] {
    try (0..<count).map { _ in try agent.trainIteration().map(\.value.bitPattern) }
  }

  /// Everything the agent's future depends on.
  static func state(of agent: KLProximalAgent) throws -> Archive {
    var archive = Archive()
    try agent.save(into: &archive)
    return archive
  }
}
