import Agents
import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// What the actor–critic agents take for the value of what follows: a time limit is no end, and the
/// last observation of an episode is not the first one of the next.
@Suite struct BootstrappingTests {
  /// Three steps that pay 1, 2 and 3; then the world ends, or the time is over.
  private struct Climb: Environment {
    let isFinal: Bool
    var observationSpace: BoxSpace { BoxSpace(count: 1, in: 0...1) }
    var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
    var horizon: Int? { isFinal ? nil : 3 }

    func initialState(of task: OnlyTask, using random: inout RandomStream) -> Int { 0 }
    func observe(
      _ state: Int, of task: OnlyTask, into observation: UnsafeMutableBufferPointer<Float>
    ) { observation[0] = BootstrappingTests.observation(state) }
    func step(
      _ state: inout Int, of task: inout OnlyTask, action: UnsafeBufferPointer<Float>,
      using random: inout RandomStream, outcome: inout StepOutcome
    ) {
      outcome.executedAction[0] = BootstrappingTests.executedAction(state)
      outcome.reward = BootstrappingTests.reward(state)
      state += 1
      if isFinal && state == 3 { outcome.end = .terminated }
    }
  }

  private static func observation(_ step: Int) -> Float { Float(step) / 4 }
  private static func executedAction(_ step: Int) -> Float { Float(step) / 2 - 1 }
  private static func reward(_ step: Int) -> Float { Float(step + 1) }

  /// What the critic says in each step of an episode and of the observation after its third, by an unroll
  /// in Double from the episode's beginning.
  private static func values(_ settings: ActorCriticSettings, _ weights: Archive) throws -> [Double]
  {
    let program = settings.network.network.program(
      observationSize: 1, actionSize: 1, heads: [Head("value", size: 1)])
    let parameters = try program.parameters.map { parameter in
      try weights.floats(
        "network/critic/\(parameter.name)", count: parameter.count, in: .weights
      ).map { Double($0) }
    }
    let shown: [String: [Float]] = [
      "observation": (0...3).map { observation($0) },
      "previousAction": [0] + (0..<3).map { executedAction($0) },
      "previousReward": [0] + (0..<3).map { reward($0) },
    ]
    let inputs = try program.inputs.map { port in
      try #require(shown[port.name]).map { [Double($0)] }
    }
    return ReferenceExecutor(program).forward(inputs, steps: 4, rows: 1, parameters: parameters)
      .outputs[program.output("value")].map { $0[0] }
  }

  /// With λ = 1 a target is what follows until the end of an episode or of the rollout, and the
  /// discounted value of what comes then.
  @Test(arguments: [false, true], [false, true])
  func targetsGoOnBeyondATimeLimitOnly(memory: Bool, isFinal: Bool) throws {
    var settings = ActorCriticSettings()
    settings.network = try NetworkChoice(
      json: JSONValue(
        parsing: memory
          ? #"{"name": "recurrent", "cell": {"name": "gru", "weights": {"scale": 1}}, "#
            + #""sizes": [3], "hidden": [], "headWeights": {"scale": 1}}"#
          : #"{"name": "recurrent", "sizes": [], "hidden": [], "headWeights": {"scale": 1}}"#),
      at: .root)
    // The third episode is in its second step when the rollout is over.
    (settings.environments, settings.rolloutSteps, settings.rolloutsPerIteration) = (3, 8, 1)
    (settings.discount, settings.lambda, settings.learningRate) = (0.9, 1, 0)
    settings.shards = 2
    let agent = try ActorCriticTests.agent(
      settings, in: EnvironmentFactory(name: "climb", Climb(isFinal: isFinal)))
    let weights = try ActorCriticTests.state(of: agent).replacing(
      "network/critic/value/bias", by: ArchivedTensor([2] as [Float]))
    try agent.restore(from: weights)
    let values = try Self.values(settings, weights)
    #expect(abs(values[3]) > 0.01 && abs(values[3] - values[0]) > 0.01, "\(values)")
    _ = try agent.trainIteration()

    var expected = [Double](repeating: 0, count: 8)
    var following = 0.9 * values[2]
    for step in (0..<8).reversed() {
      if step % 3 == 2 { following = isFinal ? 0 : 0.9 * values[3] }
      expected[step] = Double(Self.reward(step % 3)) + following
      following = 0.9 * expected[step]
    }
    var evidence = Archive()
    agent.save(evidenceInto: &evidence)
    let targets = try evidence.floats("targets", count: 8 * 3, in: .state)
    let advantages = try evidence.floats("advantages", count: 8 * 3, in: .state)
    for place in targets.indices {
      let step = place / 3
      // Numbers of about ten in Float, with the rounding of a few operations.
      #expect(abs(Double(targets[place]) - expected[step]) < 2e-5, "step \(step)")
      #expect(
        abs(Double(advantages[place]) - (expected[step] - values[step % 3])) < 2e-5, "step \(step)")
    }
  }
}
