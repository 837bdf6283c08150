import Agents
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// The agent learns, and what must not learn does not.
@Suite struct LearningTests {
  static func options(policyLearningRate: Float) throws -> KLProximalOptions {
    var options = KLProximalOptions()
    options.network = try NetworkChoice(
      json: .init(parsing: #"{"name": "nmd", "sizes": [20], "modulationSize": 8, "hidden": [8]}"#),
      at: .root)
    (options.trainCut, options.window) = (60, 60)
    options.policyLearningRate = policyLearningRate
    return options
  }

  static func mean(_ returns: [EpisodeReturn]) -> Double {
    returns.reduce(0) { $0 + $1.discounted } / Double(returns.count)
  }

  /// The return of a reference row of benchmark 1 with 60 steps: about −366, −230 and 548.
  static func row(_ role: ReferencePolicy.Role, of environment: EnvironmentFactory) throws -> Double
  {
    let policy = try #require(environment.referencePolicies.first { $0.role == role })
    return mean(policy.run(400, 0.998, .test, RandomKey(seed: 1)))
  }

  /// Beyond what is possible without finding out the bias, and far beyond chance.
  @Test func adaptsToTheHiddenBias() throws {
    let environment = try Training.biasedTarget()
    let agent = try Training.agent(
      Self.options(policyLearningRate: 2e-3), in: environment, threads: 2)
    _ = try Training.run(agent, iterations: 90)
    let learned = Self.mean(try agent.evaluate(episodes: 200, key: RandomKey(seed: 2)))
    let naive = try Self.row(.naive, of: environment)
    let random = try Self.row(.random, of: environment)
    #expect(learned > naive + 250, "learned \(learned), naive \(naive)")
    #expect(learned > random + 400, "learned \(learned), random \(random)")
  }

  /// Without a learning rate, the same training stays at its beginning, near the random row.
  @Test func frozenPolicyStaysWhereItBegan() throws {
    let environment = try Training.biasedTarget()
    let agent = try Training.agent(Self.options(policyLearningRate: 0), in: environment, threads: 2)
    let before = try agent.evaluate(episodes: 200, key: RandomKey(seed: 2))
    _ = try Training.run(agent, iterations: 10)
    #expect(try agent.evaluate(episodes: 200, key: RandomKey(seed: 2)) == before)
    let random = try Self.row(.random, of: environment)
    #expect(abs(Self.mean(before) - random) < 0.1 * abs(random), "\(Self.mean(before)), \(random)")
  }

  /// Reward 1 for ever: with time limits that cut, every step is worth the whole future. The critic
  /// learns that by bootstrapping from the final observation.
  @Test func timeLimitsAreBootstrappedUnlessTheyAreEnds() throws {
    func lastTargets(timeLimitIsEnd: Bool) throws -> [Float] {
      var options = try Training.smallOptions
      (options.trainCut, options.window) = (0, 20)
      (options.discount, options.policyLearningRate) = (0.9, 0)
      (options.valueEpochs, options.valueLearningRate) = (20, 0.01)
      options.timeLimitIsEnd = timeLimitIsEnd
      let agent = try Training.agent(options, in: Salary().factory)
      _ = try Training.run(agent, iterations: 60)
      let archive = try Training.state(of: agent)
      let targets = try #require(
        archive.tensor("value/data2/targets", in: .state).floats)
      return targets.indices.filter { $0 % 20 == 19 }.map { targets[$0] }
    }
    // Scaled by 1 − γ: a single reward is 0.1, the whole future 1.
    #expect(try lastTargets(timeLimitIsEnd: true).allSatisfy { abs($0 - 0.1) < 1e-6 })
    #expect(try lastTargets(timeLimitIsEnd: false).allSatisfy { $0 > 0.7 && $0 < 1.1 })
  }
}

/// Pays 1 in every step, whatever is done.
private struct Salary: Environment {
  struct State: Codable, Sendable {}

  var observationSpace: BoxSpace { BoxSpace(count: 1) }
  var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  var horizon: Int? { 20 }
  var factory: EnvironmentFactory { EnvironmentFactory(name: "salary", self) }

  func initialState(of task: OnlyTask, using random: inout RandomStream) -> State { State() }

  func observe(
    _ state: State, of task: OnlyTask, into observation: UnsafeMutableBufferPointer<Float>
  ) { observation[0] = 1 }

  func step(
    _ state: inout State, of task: inout OnlyTask, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    outcome.executedAction[0] = 0
    outcome.reward = 1
  }
}
