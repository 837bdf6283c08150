import Agents
import Configuration
import Envs
import Scenes
import Tensor
import Testing

@Suite struct PlayerTests {
  private let key = RandomKey(seed: 12)

  /// The returns of `episodes` episodes that a player plays on its own.
  private func returns(
    of trainer: any AgentTrainer, in factory: EnvironmentFactory, episodes: Int
  ) throws -> [Double] {
    let environment = factory.makeBatch(count: 1, split: .test, key: key)
    environment.autoreset = false
    let player = try #require(try trainer.makePlayer(in: environment, key: key))
    var dashboard = Dashboard()
    return try (0..<episodes).map { _ in
      if environment.ends[0].isEnd {
        environment.autoreset = true
        environment.autoreset = false
      }
      var total = 0.0
      repeat {
        try player.step()
        player.show(on: &dashboard)
        total += Double(environment.rewards[0])
      } while !environment.ends[0].isEnd
      return total
    }
  }

  /// The player of the NMD net samples from the streams that a test samples from.
  @Test func playingIsWhatATestDoes() throws {
    let factory = try Training.biasedTarget()
    let agent = try Training.agent(Training.smallOptions, in: factory)
    _ = try agent.trainIteration()
    let tested = try agent.evaluate(episodes: 1, key: key)
    let played = try returns(of: agent, in: factory, episodes: 2)
    #expect(abs(played[0] - tested[0].total) < 1e-3 * abs(tested[0].total))
    #expect(played[1] != played[0])
  }

  @Test func anActorCriticPlaysWhatATestDoes() throws {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(
      .string("cartpole"), at: .root)
    let (agent, _) = try Registry<AgentFactory>.standard.make(
      JSONValue(parsing: #"{"name": "a2c", "steps": 2000, "network": {"name": "recurrent"}}"#),
      at: .root)
    let trainer = try #require(
      try agent.make(
        TrainerContext(environment: factory, key: RandomKey(seed: 3), threads: 1))
        as? any AgentTrainer)
    for _ in 0..<3 { _ = try trainer.trainIteration() }
    let tested = try trainer.evaluate(episodes: 1, key: key)
    let played = try returns(of: trainer, in: factory, episodes: 2)
    #expect(played[0] == tested[0].total)
  }

  @Test func signalsInsideTheNetworkAreShown() throws {
    let factory = try Training.biasedTarget()
    let agent = try Training.agent(Training.smallOptions, in: factory)
    let environment = factory.makeBatch(count: 1, split: .test, key: key)
    let player = try #require(try agent.makePlayer(in: environment, key: key))
    var dashboard = Dashboard()
    try player.step()
    player.show(on: &dashboard)
    let names = dashboard.panels.map(\.name)
    #expect(Array(names.prefix(3)) == ["scale0", "z", "memory"])
    #expect(names.last?.hasPrefix("weights of ") == true)
    guard case .raster(let z) = dashboard.panels[1].content,
      case .raster(let memory) = dashboard.panels[2].content
    else { return #expect(Bool(false)) }
    #expect(memory.rows == 8, "the units of the recurrent layer, without the carried observation")
    #expect(z.rows == 5)
    #expect((0..<5).allSatisfy { z[$0, 0] >= 0 }, "z is rectified")
  }
}
