import Agents
import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// Two buttons; the one that pays is hidden and drawn anew in each trial. A trial holds several
/// episodes of two steps, so only a memory that lasts for a trial can exceed a half on average. With
/// `shuffled`, the pay is a coin flip whatever is pressed.
struct Buttons: Environment {
  struct State: Codable, Sendable {
    var step = 0
  }

  var shuffled = false
  var observationSpace: BoxSpace { BoxSpace(count: 1, in: 0...1) }
  var actionSpace: ActionSpace { .discrete(2) }
  var horizon: Int? { 2 }
  var taskParameterNames: [String] { ["paying"] }

  func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Int {
    random.integer(below: 2)
  }
  func initialState(of task: Int, using random: inout RandomStream) -> State { State() }
  func observe(_ state: State, of task: Int, into observation: UnsafeMutableBufferPointer<Float>) {
    observation[0] = Float(state.step)
  }
  func step(
    _ state: inout State, of task: inout Int, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let coin = random.integer(below: 2)
    let pays = shuffled ? coin == 1 : Int(action[0]) == task
    outcome.executedAction[0] = 2 * action[0] - 1
    outcome.reward = pays ? 1 : 0
    state.step += 1
  }
  func parameters(of task: Int) -> [Float] { [Float(task)] }

  var factory: EnvironmentFactory {
    EnvironmentFactory(name: "buttons", self, episodesPerTrial: 4)
  }
}

/// The actor–critic agents: they learn what can be learned, and keep their promises on bits.
@Suite struct ActorCriticTests {
  static func environment(_ name: String) throws -> EnvironmentFactory {
    try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root).0
  }

  /// A small network with or without memory.
  static func network(memory: Bool) throws -> NetworkChoice {
    try NetworkChoice(
      json: JSONValue(
        parsing: memory
          ? #"{"name": "recurrent", "sizes": [16], "hidden": [], "feedback": true}"#
          : #"{"name": "recurrent", "sizes": [], "hidden": [16], "feedback": false}"#), at: .root)
  }

  static func agent(
    _ settings: ActorCriticSettings, in environment: EnvironmentFactory, threads: Int = 1,
    seed: UInt64 = 3
  ) throws -> ActorCriticAgent {
    try ActorCriticAgent(
      settings,
      context: TrainerContext(
        environment: environment, key: RandomKey(seed: seed), threads: threads))
  }

  static func mean(_ returns: [EpisodeReturn]) -> Double {
    returns.reduce(0) { $0 + $1.total } / Double(returns.count)
  }

  static func bits(_ agent: ActorCriticAgent, iterations: Int) throws -> [[UInt64]] {
    try (0..<iterations).map { _ in try agent.trainIteration().map(\.value.bitPattern) }
  }

  static func state(of agent: ActorCriticAgent) throws -> Archive {
    var archive = Archive()
    try agent.save(into: &archive)
    return archive
  }

  // MARK: Learning

  /// Cart-pole in 100 000 steps, with the plain policy gradient and with clipped ratios.
  @Test(arguments: [true, false]) func balancesThePole(clipped: Bool) throws {
    var settings = clipped ? PPOOptions().settings : ActorCriticSettings()
    settings.network = try NetworkChoice(
      json: JSONValue(
        parsing: """
          {"name": "recurrent", "sizes": [], "hidden": [64, 64], "activation": "tanh",
           "feedback": false, "weights": {"distribution": "orthogonal", "scale": 1.414}}
          """), at: .root)
    if clipped {
      (settings.environments, settings.rolloutSteps, settings.minibatches) = (8, 128, 16)
    } else {
      settings.learningRateSchedule = .linear
    }
    settings.steps = 100_000
    let agent = try Self.agent(settings, in: Self.environment("cartpole"))
    let before = Self.mean(try agent.evaluate(episodes: 50, key: RandomKey(seed: 9)))
    for _ in 0..<agent.totalIterations { _ = try agent.trainIteration() }
    let after = Self.mean(try agent.evaluate(episodes: 50, key: RandomKey(seed: 9)))
    #expect(before < 120, "\(before)")
    #expect(after > 400, "\(after)")
  }

  private func buttons(memory: Bool, shuffled: Bool = false) throws -> [EpisodeReturn] {
    var settings = ActorCriticSettings()
    settings.network = try Self.network(memory: memory)
    (settings.environments, settings.rolloutSteps, settings.rolloutsPerIteration) = (32, 16, 25)
    (settings.optimizer, settings.learningRate, settings.entropyWeight) = (.adam, 1e-2, 0.01)
    settings.discount = 0.9
    let agent = try Self.agent(settings, in: Buttons(shuffled: shuffled).factory)
    for _ in 0..<6 { _ = try agent.trainIteration() }
    return try agent.evaluate(episodes: 1024, key: RandomKey(seed: 4))
  }

  /// Memory that lasts for a trial finds the button after one step: 2 · 7.5 / 8 per episode at best.
  @Test func memoryLastsForATrial() throws {
    let episodes = try buttons(memory: true)
    let learned = Self.mean(episodes)
    #expect(learned > 1.75, "\(learned)")
    // The first press of a trial is a guess; whoever remembers it makes no other mistake.
    for (place, expected) in zip(0..., [1.5, 2, 2, 2]) {
      let returns = episodes.filter { $0.trialEpisode == place }
      #expect(returns.count == 256 && abs(Self.mean(returns) - expected) < 0.15, "\(place)")
    }
    let trials = Dictionary(grouping: episodes, by: \.trial)
    #expect(Set(trials.keys) == Set(0..<256))
    #expect(trials.values.allSatisfy { $0.map(\.trialEpisode) == [0, 1, 2, 3] })
  }

  /// The log tells the episodes of a trial apart; where they are all there is, their mean is the return.
  @Test func episodesOfATrialAreLogged() throws {
    var settings = ActorCriticSettings()
    settings.network = try Self.network(memory: false)
    (settings.environments, settings.rolloutSteps, settings.rolloutsPerIteration) = (8, 8, 5)
    let metrics = try Self.agent(settings, in: Buttons().factory).trainIteration()
    func value(_ name: String) throws -> Double {
      try #require(metrics.first { $0.name == "train/return" + name }).value
    }
    let each = try (1...4).map { try value("/episode\($0)") }
    #expect(try value("/first") == each[0] && value("/last") == each[3])
    #expect(abs(try value("") - each.reduce(0, +) / 4) < 1e-12)
    #expect(each.allSatisfy { $0 >= 0 && $0 <= 2 } && Set(each).count > 1)
    let single = try Self.agent(settings, in: Self.environment("cartpole")).trainIteration()
    #expect(!single.contains { $0.name.hasPrefix("train/return/") })
  }

  /// Negative controls: without memory, and with pay that does not depend on the button.
  @Test func chanceStaysChance() throws {
    #expect(abs(Self.mean(try buttons(memory: false)) - 1) < 0.1)
    #expect(abs(Self.mean(try buttons(memory: true, shuffled: true)) - 1) < 0.1)
  }

  // MARK: Bits

  static func settings(_ variant: String) throws -> ActorCriticSettings {
    var settings = variant.hasPrefix("ppo") ? PPOOptions().settings : ActorCriticSettings()
    settings.network = try network(memory: variant.hasSuffix("memory"))
    (settings.environments, settings.rolloutSteps, settings.rolloutsPerIteration) = (6, 8, 3)
    (settings.minibatches, settings.epochs) = variant.hasPrefix("ppo") ? (4, 2) : (1, 1)
    settings.window = variant == "ppo, memory" ? 4 : 0
    settings.normalizesObservations = true
    settings.normalizesRewards = true
    settings.stateDependentVariance = variant.hasPrefix("ppo")
    settings.shards = 3
    return settings
  }

  @Test(
    arguments: ["a2c", "a2c, memory", "ppo", "ppo, memory"],
    ["cartpole", "pendulum"])
  func threadsAndStorageChangeNoBit(_ variant: String, _ name: String) throws {
    let settings = try Self.settings(variant)
    let environment = try Self.environment(name)
    let whole = try Self.agent(settings, in: environment, threads: 1)
    let metrics = try Self.bits(whole, iterations: 4)
    let state = try Self.state(of: whole)

    let threaded = try Self.agent(settings, in: environment, threads: 3)
    #expect(try Self.bits(threaded, iterations: 2) == Array(metrics[..<2]))
    let resumed = try Self.agent(settings, in: environment, threads: 2, seed: 77)
    try resumed.restore(from: Self.state(of: threaded))
    #expect(try Self.bits(resumed, iterations: 2) == Array(metrics[2...]))
    #expect(try Self.state(of: resumed) == state)
  }

  @Test func statesOfOtherExperimentsAreRefused() throws {
    let environment = try Self.environment("cartpole")
    let stored = try Self.state(of: Self.agent(Self.settings("a2c"), in: environment))
    let other = try Self.agent(Self.settings("a2c, memory"), in: environment)
    #expect(throws: ArchiveError.self) { try other.restore(from: stored) }
  }

  @Test func testsDependOnTheKeyAlone() throws {
    let agent = try Self.agent(Self.settings("ppo"), in: Self.environment("pendulum"))
    _ = try agent.trainIteration()
    let first = try agent.evaluate(episodes: 5, key: RandomKey(seed: 1))
    #expect(first.count == 5)
    #expect(try agent.evaluate(episodes: 5, key: RandomKey(seed: 1)) == first)
    #expect(try agent.evaluate(episodes: 5, key: RandomKey(seed: 2)) != first)
  }
}
