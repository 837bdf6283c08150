import Agents
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// Observations and rewards at a common scale, in worlds where every number is known beforehand.
@Suite struct NormalizationTests {
  /// Three steps. What is seen and paid depends on the step and on the task, one of three.
  private struct Course: Environment {
    var observationSpace: BoxSpace { BoxSpace(count: 3) }
    var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
    var horizon: Int? { 3 }

    func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Int {
      random.integer(below: 3)
    }
    func initialState(of task: Int, using random: inout RandomStream) -> Int { 0 }
    func observe(_ state: Int, of task: Int, into observation: UnsafeMutableBufferPointer<Float>) {
      for (index, number) in NormalizationTests.observation(state, task).enumerated() {
        observation[index] = number
      }
    }
    func step(
      _ state: inout Int, of task: inout Int, action: UnsafeBufferPointer<Float>,
      using random: inout RandomStream, outcome: inout StepOutcome
    ) {
      outcome.executedAction[0] = 0
      outcome.reward = NormalizationTests.reward(state, task)
      state += 1
    }
  }

  /// An episode of one step that pays 3.
  private struct Wage: Environment {
    var observationSpace: BoxSpace { BoxSpace(count: 3) }
    var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
    var horizon: Int? { 1 }

    func initialState(of task: OnlyTask, using random: inout RandomStream) -> Int { 0 }
    func observe(
      _ state: Int, of task: OnlyTask, into observation: UnsafeMutableBufferPointer<Float>
    ) { observation.update(repeating: 1) }
    func step(
      _ state: inout Int, of task: inout OnlyTask, action: UnsafeBufferPointer<Float>,
      using random: inout RandomStream, outcome: inout StepOutcome
    ) {
      outcome.executedAction[0] = 0
      outcome.reward = 3
    }
  }

  /// The second component is the task, the third is always the same.
  private static func observation(_ step: Int, _ task: Int) -> [Float] {
    [100 * Float(step), Float(task), 7]
  }
  /// The third one is beyond the cut before there is a scale.
  private static func reward(_ step: Int, _ task: Int) -> Float {
    [1, -2, 12][step] + 0.5 * Float(task)
  }

  private static let rows = 3
  private static let steps = 4
  private static let discount = 0.9

  /// An agent that does not learn, and whose critic says what it remembers of the last reward.
  private static func agent(
    in environment: EnvironmentFactory, observations: Bool = false, rewards: Bool = false
  ) throws -> ActorCriticAgent {
    var settings = ActorCriticSettings()
    settings.network = try NetworkChoice(
      json: JSONValue(parsing: #"{"name": "recurrent", "sizes": [], "hidden": []}"#), at: .root)
    (settings.environments, settings.rolloutSteps, settings.rolloutsPerIteration) = (rows, steps, 1)
    (settings.discount, settings.learningRate, settings.shards) = (discount, 0, 2)
    (settings.normalizesObservations, settings.normalizesRewards) = (observations, rewards)
    let agent = try ActorCriticTests.agent(settings, in: environment)
    let state = try ActorCriticTests.state(of: agent)
    // Three numbers of the observation, the action and the reward.
    try agent.restore(
      from: state.replacing(
        "network/critic/value/weight",
        by: ArchivedTensor([0, 0, 0, 0, 1] as [Float], shape: [5, 1]))
    )
    return agent
  }

  /// What the rollout of one iteration held, `[steps × rows × width]`.
  private struct Evidence {
    let observations: [Float]
    let rewards: [Float]
    /// What the critic said, which is the reward that it was shown.
    let previousRewards: [Float]

    init(of agent: ActorCriticAgent) throws {
      _ = try agent.trainIteration()
      var archive = Archive()
      agent.save(evidenceInto: &archive)
      let count = NormalizationTests.steps * NormalizationTests.rows
      observations = try archive.floats("observations", count: 3 * count, in: .state)
      rewards = try archive.floats("rewards", count: count, in: .state)
      let targets = try archive.floats("targets", count: count, in: .state)
      previousRewards = zip(targets, try archive.floats("advantages", count: count, in: .state))
        .map { $0 - $1 }
    }
  }

  /// Mean and deviation of all of `numbers`.
  private static func moments(_ numbers: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(numbers.count)
    let mean = numbers.reduce(0, +) / count
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / count).squareRoot())
  }

  private static func cut(_ number: Double) -> Double { min(max(number, -10), 10) }

  /// Rewards are divided by the deviation of all discounted returns up to the rollout before, which begin
  /// anew with each episode, and then cut; the network is shown the same numbers. Statistics are those of
  /// what the world paid.
  @Test func rewardsAreScaledByTheDeviationOfReturns() throws {
    let agent = try Self.agent(
      in: EnvironmentFactory(name: "course", Course()), rewards: true)
    var returns: [Double] = []
    var running = [Double](repeating: 0, count: Self.rows)
    var previous = [Double](repeating: 0, count: Self.rows)
    var cuts = 0
    for iteration in 0..<4 {
      let scale = returns.isEmpty ? 1 : 1 / Self.moments(returns).deviation
      let evidence = try Evidence(of: agent)
      for place in evidence.rewards.indices {
        let row = place % Self.rows
        let step = Int(evidence.observations[3 * place] / 100)
        let paid = Double(Self.reward(step, Int(evidence.observations[3 * place + 1])))
        let expected = Self.cut(paid * scale)
        if abs(paid * scale) > 10 { cuts += 1 }
        let found = Double(evidence.rewards[place])
        #expect(abs(found - expected) < 1e-5 * (1 + abs(expected)), "iteration \(iteration)")
        // A difference of targets and advantages in Float, numbers of ten to thirty.
        #expect(
          abs(Double(evidence.previousRewards[place]) - previous[row]) < 2e-5,
          "iteration \(iteration), step \(step) of row \(row)")
        running[row] = Self.discount * running[row] + paid
        returns.append(running[row])
        previous[row] = expected
        if step == 2 { (running[row], previous[row]) = (0, 0) }
      }
    }
    #expect(cuts > 0, "nothing was cut")
  }

  /// Returns that have all been the same say nothing of a scale.
  @Test func constantReturnsLeaveRewardsAlone() throws {
    let agent = try Self.agent(in: EnvironmentFactory(name: "wage", Wage()), rewards: true)
    for _ in 0..<3 {
      let evidence = try Evidence(of: agent)
      #expect(evidence.rewards.allSatisfy { $0 == 3 }, "\(evidence.rewards)")
    }
  }

  /// Observations lose their mean and are divided by their deviation over all rollouts before, each
  /// component by itself, and are cut; a component that never changes becomes 0.
  @Test func observationsHaveZeroMeanAndUnitDeviation() throws {
    let agent = try Self.agent(
      in: EnvironmentFactory(name: "course", Course()), observations: true)
    var seen: [[Double]] = [[], [], []]
    for iteration in 0..<4 {
      let moments = seen.map { $0.isEmpty ? (mean: 0.0, deviation: 1.0) : Self.moments($0) }
      let evidence = try Evidence(of: agent)
      for place in evidence.rewards.indices {
        // Rewards are as they were paid; each belongs to one step of one task.
        var found: (step: Int, task: Int)?
        for step in 0..<3 {
          for task in 0..<3 where Self.reward(step, task) == evidence.rewards[place] {
            found = (step, task)
          }
        }
        let (step, task) = try #require(found)
        for (component, number) in Self.observation(step, task).enumerated() {
          let (mean, deviation) = moments[component]
          let difference = Double(number) - mean
          let expected = difference == 0 ? 0 : Self.cut(difference / deviation)
          let shown = Double(evidence.observations[3 * place + component])
          #expect(
            abs(shown - expected) < 1e-5 * (1 + abs(expected)),
            "iteration \(iteration), component \(component): \(shown), not \(expected)")
          seen[component].append(Double(number))
        }
      }
    }
  }
}
