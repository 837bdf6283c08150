import Agents
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// The analyses of networks with a modulation signal, on small untrained ones.
@Suite struct AnalysisTests {
  private static let key = RandomKey(seed: 8)

  private static func agent(in environment: String, horizon: Int) throws -> any Trainer {
    let environment = try Registry<EnvironmentFactory>.standard.make(
      .object([.init("name", .string(environment)), .init("horizon", .number(horizon))]), at: .root
    ).0
    return try Training.agent(try Training.smallOptions, in: environment)
  }

  private static func result(
    _ name: String, of agent: any Trainer, episodes: Int
  ) throws -> AnalysisResult {
    let analysis = try #require(agent.analyses.first { $0.name == name })
    return try analysis.run(episodes, key)
  }

  @Test func everyBenchmarkHasItsAnalyses() throws {
    #expect(
      try Self.agent(in: "nmd-benchmark1", horizon: 60).analyses.map(\.name) == ["modulation"])
    #expect(
      try Self.agent(in: "nmd-benchmark3", horizon: 60).analyses.map(\.name)
        == ["modulation", "freeze"])
  }

  /// Episodes of any length are shared by the five phases; the reduced ones are shorter than the time
  /// the paper's agents are given to recover.
  @Test(arguments: [50, 400, 600])
  func freezingCountsEveryTouchOnce(horizon: Int) throws {
    let agent = try Self.agent(in: "nmd-benchmark3", horizon: horizon)
    let result = try Self.result("freeze", of: agent, episodes: 20)
    let touches = result.figures.filter { $0.name.hasSuffix("per episode") }
    #expect(touches.count == 10)
    #expect(touches.allSatisfy { $0.value >= 0 })
    // What the curves show adds up to what the table says.
    let diagram = try #require(result.diagrams.first)
    let curves = diagram.curves
    #expect(curves.count == 2)
    #expect(
      diagram.phases.map(\.name)
        == ["held at first", "free", "held", "held, swapped", "free again"])
    let fifth = Double(horizon) / 5
    for (index, phase) in diagram.phases.enumerated() {
      #expect(phase.range == Double(index) * fifth...Double(index + 1) * fifth)
    }
    let window = Double(max(1, horizon / 5 / 20))
    let shown = curves.flatMap(\.y).reduce(0, +) * window
    let counted = touches.map(\.value).reduce(0, +)
    #expect(counted > 0, "an untrained agent touches something now and then")
    #expect(shown <= counted + 1e-9 && shown > 0.9 * counted, "\(shown) of \(counted)")
  }

  /// The first observation of benchmark 1 does not depend on the bias, so z cannot know it, and no
  /// later step is beyond the end of the episode.
  @Test func modulationBeginsWithoutKnowledge() throws {
    let agent = try Self.agent(in: "nmd-benchmark1", horizon: 40)
    let result = try Self.result("modulation", of: agent, episodes: 300)
    let linear = result.figures.filter { $0.name.contains("linear") }
    #expect(linear.contains { $0.name.hasSuffix("step 30") })
    #expect(!linear.contains { $0.name.hasSuffix("step 100") })
    let first = try #require(linear.first { $0.name.hasSuffix("step 0") })
    #expect(first.value < 0.1, "\(first.value)")
    #expect(
      result.diagrams.contains { $0.title == "Reward while adapting" && $0.curves[0].y.count == 40 }
    )
  }
}
