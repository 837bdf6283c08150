import Configuration
import Envs
import Tensor
import Testing

/// Two levers; which one pays more often is the task. The example of docs/environments.md.
private struct Bandit: Environment {
  struct Options: Configurable {
    var horizon = 100
    init() {}
    static var fields: [Field<Self>] {
      [.integer("horizon", \.horizon, in: 1...1_000_000, "Pulls of an episode.")]
    }
  }

  struct Task: Codable, Sendable, Equatable { var probabilities: SIMD2<Float> }
  struct State: Codable, Sendable {}

  var options = Options()
  var observationSpace: BoxSpace { BoxSpace(count: 1, in: 1...1) }
  var actionSpace: ActionSpace { .discrete(2) }
  var counterNames: [String] { ["wins"] }
  var horizon: Int? { options.horizon }
  var taskParameterNames: [String] { ["left", "right"] }

  func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(probabilities: [random.uniform(), random.uniform()])
  }

  func initialState(of task: Task, using random: inout RandomStream) -> State { State() }

  func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = 1
  }

  func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let lever = action[0] < 0.5 ? 0 : 1
    let wins = random.uniform() < task.probabilities[lever]
    outcome.executedAction[0] = Float(lever)
    outcome.reward = wins ? 1 : 0
    outcome.counters[0] += outcome.reward
  }

  func parameters(of task: Task) -> [Float] { [task.probabilities[0], task.probabilities[1]] }
}

@Suite struct WritingYourOwnTests {
  @Test func theExampleWorks() throws {
    var registry = Registry<EnvironmentFactory>.standard
    registry.register(
      .init("bandit", "Find the better of two levers.", options: Bandit.Options.self) { options in
        EnvironmentFactory(name: "bandit", Bandit(options: options), episodesPerTrial: 1)
      })
    let (factory, _) = try registry.make(.string("bandit"), at: .root)
    for finding in EnvironmentChecker(factory).run() { #expect(finding.passed, "\(finding)") }
    let random = try #require(factory.referencePolicies.first)
    let estimate = Estimate(random.run(2000, 1, .test, RandomKey(seed: 3)).map(\.total))
    #expect(abs(estimate.mean - 50) < 2 * estimate.margin)
  }
}
