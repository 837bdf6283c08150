import Agents
import Configuration
import Envs
import Tensor
import Testing

/// An environment whose faulty tasks do something wrong at a given step.
private struct Faulty: Environment {
  enum Fault: Sendable {
    case reward, observation, end
    /// A reward whose square is no number of 32 bits.
    case hugeReward
  }

  struct State: Codable, Sendable {
    var step = 0
  }

  static let horizon = 20

  var fault: Fault
  var faultyStep = 7
  var observationSpace: BoxSpace { BoxSpace(count: 1) }
  var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  var horizon: Int? { Self.horizon }
  var stepDuration: Double? { 0.02 }
  var taskParameterNames: [String] { ["faulty"] }

  func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Bool {
    random.uniform() > 0.8
  }

  func initialState(of task: Bool, using random: inout RandomStream) -> State { State() }

  func observe(
    _ state: State, of task: Bool, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    let isWrong = task && fault == .observation && state.step == faultyStep
    observation[0] = isWrong ? .nan : Float(state.step % 3)
  }

  func step(
    _ state: inout State, of task: inout Bool, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    outcome.executedAction[0] = action[0]
    outcome.reward = -abs(action[0])
    if task && state.step == faultyStep {
      switch fault {
      case .reward: outcome.reward = .nan
      case .hugeReward: outcome.reward = 1e30
      case .end: outcome.end = .terminated
      case .observation: break
      }
    }
    state.step += 1
  }

  func parameters(of task: Bool) -> [Float] { [task ? 1 : 0] }

  var factory: EnvironmentFactory { EnvironmentFactory(name: "faulty", self) }

  /// The first of `count` environments of a training with a faulty task.
  func firstFaultyRow(count: Int, seed: UInt64) throws -> Int {
    let batch = factory.makeBatch(count: count, key: RandomKey(seed: seed))
    return try #require((0..<count).first { batch.taskParameters(row: $0) == [1] })
  }
}

@Suite struct FaultyEnvironmentTests {
  private func agent(_ environment: Faulty, seed: UInt64, valueMinibatch: Int = 7) throws
    -> KLProximalAgent
  {
    var options = try Training.smallOptions
    (options.trainCut, options.window, options.valueMinibatch) = (20, 10, valueMinibatch)
    return try Training.agent(options, in: environment.factory, threads: 2, seed: seed)
  }

  @Test(arguments: [1, 2, 3] as [UInt64], [0, 7, 19])
  func notANumberIsNamed(seed: UInt64, step: Int) throws {
    let environment = Faulty(fault: .reward, faultyStep: step)
    let row = try environment.firstFaultyRow(count: 10, seed: seed)
    let agent = try agent(environment, seed: seed)
    let error = #expect(throws: NumericalError.self) { try agent.trainIteration() }
    #expect(
      error
        == NumericalError(
          quantity: "reward", iteration: 1, place: "step \(step) of environment \(row)"))
  }

  @Test(arguments: [1, 2] as [UInt64]) func notANumberSeenIsNamed(seed: UInt64) throws {
    let environment = Faulty(fault: .observation)
    let row = try environment.firstFaultyRow(count: 10, seed: seed)
    let agent = try agent(environment, seed: seed)
    let error = #expect(throws: NumericalError.self) { try agent.trainIteration() }
    #expect(error?.place == "step 7 of environment \(row)", "\(error as Any)")
  }

  /// The numbers of an evidence's tensor and its shape.
  private func numbers(_ name: String, _ evidence: Archive) throws -> ([Float], shape: [Int]) {
    let tensor = try evidence.tensor(name, in: .state)
    return (try #require(tensor.floats), tensor.shape)
  }

  /// Ten rows in three shards come out side by side, and the fault is where the error says.
  @Test func evidenceShowsTheBatch() throws {
    let environment = Faulty(fault: .reward)
    let row = try environment.firstFaultyRow(count: 10, seed: 1)
    let agent = try agent(environment, seed: 1)
    let before = try Training.state(of: agent)
    #expect(throws: NumericalError.self) { try agent.trainIteration() }
    var evidence = Archive()
    agent.save(evidenceInto: &evidence)
    let rewards = try numbers("rewards", evidence)
    #expect(rewards.shape == [20, 10, 1])
    #expect(rewards.0.firstIndex { !$0.isFinite } == 7 * 10 + row)
    let observations = try numbers("observations", evidence)
    #expect(observations.shape == [20, 10, 1])
    #expect(observations.0 == (0..<200).map { Float($0 / 10 % 3) })
    let actions = try numbers("actions", evidence)
    #expect(actions.shape == [20, 10, 1])
    for (action, reward) in zip(actions.0, rewards.0) where reward.isFinite {
      #expect(reward == -abs(action))
    }
    #expect(evidence.tensors[.weights] == before.tensors[.weights])
  }

  /// The critic notices before it changes a weight.
  @Test func weightsOfTheCriticAreThoseBeforeTheFailure() throws {
    let agent = try agent(Faulty(fault: .hugeReward), seed: 1, valueMinibatch: 20)
    func critic(_ archive: Archive) -> [String: ArchivedTensor]? {
      archive.tensors[.weights]?.filter { $0.key.hasPrefix("value/") }
    }
    let before = critic(try Training.state(of: agent))
    let error = #expect(throws: NumericalError.self) { try agent.trainIteration() }
    #expect(error?.quantity == "value loss", "\(error as Any)")
    var evidence = Archive()
    agent.save(evidenceInto: &evidence)
    #expect(before?.isEmpty == false && critic(evidence) == before)
  }

  @Test(arguments: ["a2c", "ppo"]) func evidenceOfActorCritics(name: String) throws {
    let environment = Faulty(fault: .reward, faultyStep: 2)
    let row = try environment.firstFaultyRow(count: 10, seed: 1)
    let options = try JSONValue(
      parsing: #"{"name": "\#(name)", "rolloutSteps": 6, "shards": 3, "environments": 10}"#)
    let (factory, _) = try Registry<AgentFactory>.standard.make(options, at: .root)
    let agent = try factory.make(
      TrainerContext(environment: environment.factory, key: RandomKey(seed: 1), threads: 2))
    var before = Archive()
    try agent.save(into: &before)
    let error = #expect(throws: NumericalError.self) { try agent.trainIteration() }
    #expect(error?.place == "step 2 of the rollout in environment \(row)", "\(error as Any)")
    var evidence = Archive()
    agent.save(evidenceInto: &evidence)
    let rewards = try numbers("rewards", evidence)
    #expect(rewards.shape == [6, 10, 1])
    #expect(rewards.0.firstIndex { !$0.isFinite } == 2 * 10 + row)
    #expect(evidence.tensors[.weights] == before.tensors[.weights])
  }

  /// Tests have faulty tasks, too: about one in five.
  @Test func testsFindNumbersThatAreNotFinite() throws {
    let faulty = try agent(Faulty(fault: .reward), seed: 1)
    let error = #expect(throws: NumericalError.self) {
      try faulty.evaluate(episodes: 40, key: RandomKey(seed: 2))
    }
    #expect(error?.quantity == "reward" && error?.iteration == 0, "\(error as Any)")
    let early = try agent(Faulty(fault: .end), seed: 1)
    #expect(throws: ConfigurationError.self) {
      try early.evaluate(episodes: 40, key: RandomKey(seed: 2))
    }
    let batch = Faulty(fault: .reward).factory.makeBatch(
      count: 1, split: .test, key: RandomKey(seed: 2))
    let player = try #require(try faulty.makePlayer(in: batch, key: RandomKey(seed: 2)))
    #expect(throws: NumericalError.self) { for _ in 0..<40 * Faulty.horizon { try player.step() } }
  }

  @Test func testsOfSporeFindThemToo() throws {
    let options = try SporeOptions(
      json: JSONValue(
        parsing: #"{"encoder": "rates", "decoder": {"form": "linear"}, "network": {"outputs": 2}}"#),
      at: JSONPath("agent"))
    let spore = try SporeAgent(
      options,
      context: TrainerContext(
        environment: Faulty(fault: .reward).factory, key: RandomKey(seed: 1), threads: 2))
    let error = #expect(throws: NumericalError.self) {
      try spore.evaluate(episodes: 40, key: RandomKey(seed: 2))
    }
    #expect(error?.quantity == "reward", "\(error as Any)")
  }

  @Test func earlyEndIsExplained() throws {
    let agent = try agent(Faulty(fault: .end), seed: 1)
    let error = #expect(throws: ConfigurationError.self) { try agent.trainIteration() }
    #expect(error?.problem == "an episode ended after 8 steps instead of 20")
    #expect(error?.remedy.contains("equal length") == true)
  }
}
