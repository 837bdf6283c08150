import Agents
import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// Small deep recurrent Q-networks in short mazes.
enum Maze {
  static func environment(length: Int, noise: Float = 0) -> EnvironmentFactory {
    EnvironmentFactory(
      name: "tmaze", TMaze(.init(length: length, noise: noise)), rows: TMaze.referenceRows)
  }

  static func options(_ network: String) throws -> DeepRecurrentQOptions {
    var options = DeepRecurrentQOptions()
    options.network = try NetworkChoice(json: JSONValue(parsing: network), at: .root)
    options.explorationWeights = [3, 1, 1, 1]
    return options
  }

  static func recurrent(_ cell: String = "gru", sizes: String = "[6, 5]") -> String {
    """
    {"name": "recurrent", "cell": {"name": "\(cell)",
     "weights": {"distribution": "glorot", "scale": 1},
     "recurrentWeights": {"distribution": "orthogonal", "scale": 1}},
     "sizes": \(sizes), "hidden": [],
     "headWeights": {"distribution": "glorot", "scale": 1}}
    """
  }

  static func agent(
    _ options: DeepRecurrentQOptions, in environment: EnvironmentFactory, threads: Int = 1,
    seed: UInt64 = 3
  ) throws -> DeepRecurrentQAgent {
    try DeepRecurrentQAgent(
      options,
      context: TrainerContext(
        environment: environment, key: RandomKey(seed: seed), threads: threads))
  }

  static func run(_ agent: DeepRecurrentQAgent, iterations: Int) throws -> [[UInt64]] {
    try (0..<iterations).map { _ in try agent.trainIteration().map(\.value.bitPattern) }
  }

  static func state(of agent: DeepRecurrentQAgent) throws -> Archive {
    var archive = Archive()
    try agent.save(into: &archive)
    return archive
  }
}

@Suite struct DeepRecurrentQTests {
  private static func small(_ cell: String = "gru") throws -> DeepRecurrentQOptions {
    var options = try Maze.options(Maze.recurrent(cell))
    (options.episodes, options.episodesPerIteration, options.targetPeriod) = (50, 5, 3)
    (options.replayCapacity, options.minibatch, options.updatesPerEpisode) = (150, 10, 3)
    options.shards = 3
    return options
  }

  // MARK: Numbers

  /// The Q-values of every step of a history by the Double executor.
  private static func values(
    _ history: [String: [[Double]]], _ agent: DeepRecurrentQAgent, _ parameters: [Float]
  ) -> [[Double]] {
    let program = agent.network
    var rest = parameters.map(Double.init)[...]
    let split = program.parameters.map { parameter in
      defer { rest = rest.dropFirst(parameter.count) }
      return Array(rest.prefix(parameter.count))
    }
    let steps = history["observation"]!.count
    let inputs = program.inputs.map { port in
      history[port.name] ?? Array(repeating: [0.0], count: steps)
    }
    return ReferenceExecutor(program).forward(inputs, steps: steps, rows: 1, parameters: split)
      .outputs[program.output("values")]
  }

  /// The first `length` sights of the only stored episode.
  private static func history(_ agent: DeepRecurrentQAgent, length: Int) -> [String: [[Double]]] {
    let executor = Executor(
      agent.network, parameters: agent.parameters, rows: [1], steps: length)
    agent.replay.copyHistory(0, length: length, to: executor.shards[0], row: 0)
    var history: [String: [[Double]]] = [:]
    for name in ["observation", "previousAction", "previousReward"] {
      let width = executor.shards[0].inputWidth(name)
      history[name] = (0..<length).map { step in
        (0..<width).map { Double(executor.shards[0].input(name)[step * width + $0]) }
      }
    }
    return history
  }

  /// With a replay of one transition, what an update did can be computed from outside: loss, value and
  /// gradient by central differences of a Double unroll over the history, the target by the parameters
  /// that the target network last took over.
  @Test(arguments: ["gru", "lstm"]) func updatesFollowTheGradientOfTheSquaredError(
    _ cell: String
  ) throws {
    var ends = Set<Bool>()
    for seed in 0..<3 as Range<UInt64> {
      var options = try Maze.options(Maze.recurrent(cell, sizes: "[4, 3]"))
      (options.episodesPerIteration, options.updatesPerEpisode, options.targetPeriod) = (1, 1, 2)
      (options.replayCapacity, options.minibatch, options.shards) = (1, 3, 2)
      (options.exploration, options.learningRate) = (1, 0.05)
      let agent = try Maze.agent(options, in: Maze.environment(length: 2), seed: seed)
      var copied: [Float] = []
      for iteration in 0..<3 {
        let before = agent.parameters.array
        if iteration % 2 == 0 { copied = before }
        let metrics = try agent.trainIteration()
        let transition = agent.replay[0]
        let history = Self.history(agent, length: transition.length + 1)
        let next = try #require(Self.values(history, agent, copied).last?.max())
        let target = Double(transition.reward) + (transition.isTerminal ? 0 : 0.98 * next)
        func value(_ parameters: [Float]) -> Double {
          Self.values(history, agent, parameters)[transition.length - 1][transition.action]
        }
        func error(_ parameters: [Float]) -> Double {
          (value(parameters) - target) * (value(parameters) - target)
        }
        let gradient = before.indices.map { index -> Double in
          var (low, high) = (before, before)
          low[index] -= 1e-3
          high[index] += 1e-3
          return (error(high) - error(low)) / Double(high[index] - low[index])
        }
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        func metric(_ name: String) -> Double { metrics.first { $0.name == name }?.value ?? .nan }
        #expect(abs(metric("value/mean") - value(before)) < 1e-5)
        #expect(abs(metric("value/loss") - error(before)) < 1e-4 * (1 + error(before)))
        #expect(
          abs(metric("update/gradientNorm") - norm) < 1e-3 * norm + 1e-5,
          "\(metric("update/gradientNorm")), by differences \(norm)")
        #expect(metric("replay/historyLength") == Double(transition.length))
        ends.insert(transition.isTerminal)
      }
    }
    #expect(ends == [true, false], "both kinds of ends have to be seen")
  }

  /// Histories of unequal length fill shards in other ways, with other padding; the sums of the first update
  /// stay, but for a few roundings of numbers of about one. Adam would magnify them in the next ones.
  @Test func paddingAndShardsDoNotMatter() throws {
    func metrics(shards: Int) throws -> [Metric] {
      var options = try Self.small()
      (options.shards, options.episodesPerIteration, options.updatesPerEpisode) = (shards, 1, 1)
      return try Maze.agent(options, in: Maze.environment(length: 5)).trainIteration()
    }
    let whole = try metrics(shards: 1)
    for shards in [2, 10] {
      for (a, b) in zip(try metrics(shards: shards), whole) {
        #expect(abs(a.value - b.value) < 1e-5 * (1 + abs(b.value)), "\(a), \(b)")
      }
    }
  }

  // MARK: Bits

  @Test(arguments: ["gru", "lstm"]) func threadsAndStorageChangeNoBit(_ cell: String) throws {
    let options = try Self.small(cell)
    let environment = Maze.environment(length: 4, noise: 0.1)
    let whole = try Maze.agent(options, in: environment, threads: 1)
    let metrics = try Maze.run(whole, iterations: 5)
    let state = try Maze.state(of: whole)
    #expect(whole.progress.iterations == 5 && whole.totalIterations == 10)
    // Random episodes fill the replay before the first of 25.
    #expect(whole.progress.episodes > 25 && whole.progress.environmentSteps > 150)

    // Two iterations in, the target network is one episode old: its copies are not at the borders.
    let threaded = try Maze.agent(options, in: environment, threads: 3)
    #expect(try Maze.run(threaded, iterations: 2) == Array(metrics[..<2]))
    // The new agent has another seed and a past, so that whatever is not restored shows.
    let resumed = try Maze.agent(options, in: environment, threads: 2, seed: 77)
    _ = try resumed.trainIteration()
    try resumed.restore(from: Maze.state(of: threaded))
    #expect(try Maze.run(resumed, iterations: 3) == Array(metrics[2...]))
    #expect(try Maze.state(of: resumed) == state)
    let other = try Maze.agent(options, in: environment, seed: 4)
    #expect(try Maze.run(other, iterations: 1) != Array(metrics[..<1]))
  }

  @Test func testsDependOnTheKeyAlone() throws {
    var options = try Self.small()
    options.learningRate = 0
    let agent = try Maze.agent(options, in: Maze.environment(length: 3, noise: 0.5))
    let first = try agent.evaluate(episodes: 70, key: RandomKey(seed: 1))
    #expect(first.count == 70)
    // Without a step size, training changes nothing that a test could see.
    _ = try agent.trainIteration()
    #expect(try agent.evaluate(episodes: 70, key: RandomKey(seed: 1)) == first)
    #expect(try agent.evaluate(episodes: 70, key: RandomKey(seed: 2)) != first)
  }

  @Test func beginsWithGivenParameters() throws {
    let options = try Self.small()
    let environment = Maze.environment(length: 3)
    let agent = try Maze.agent(options, in: environment)
    let numbers = try Maze.agent(options, in: environment, seed: 9).parameters.array
    try agent.fillReplay()
    #expect(agent.replay.count == 150 && agent.progress.iterations == 0)
    agent.parameters.assign(numbers)
    let metrics = try Maze.run(agent, iterations: 1)
    let plain = try Maze.agent(options, in: environment)
    #expect(try Maze.run(plain, iterations: 1) != metrics)
    // The same beginning without filling first: filling does not depend on the parameters.
    let other = try Maze.agent(options, in: environment)
    other.parameters.assign(numbers)
    #expect(try Maze.run(other, iterations: 1) == metrics)
  }

  // MARK: What can go wrong

  @Test func unsuitableEnvironmentsAreRefused() throws {
    let options = try Self.small()
    let pendulum = EnvironmentFactory(name: "pendulum", Pendulum())
    let continuous = #expect(throws: ConfigurationError.self) {
      try Maze.agent(options, in: pendulum)
    }
    #expect(continuous?.problem.contains("continuous") == true)
    let three = EnvironmentFactory(name: "cartpole", CartPole())
    let weights = #expect(throws: ConfigurationError.self) { try Maze.agent(options, in: three) }
    #expect(weights?.problem == "has 4 numbers for the 2 actions of cartpole")
    let trials = EnvironmentFactory(name: "trials", TMaze(), episodesPerTrial: 2)
    let agent = try Maze.agent(options, in: trials)
    let several = #expect(throws: ConfigurationError.self) { try agent.trainIteration() }
    #expect(several?.problem == "a trial of trials has several episodes")
  }

  @Test(arguments: [
    (#"{"shards": 33}"#, "agent.shards"),
    (#"{"explorationWeights": [0, 0]}"#, "agent.explorationWeights"),
    (#"{"replayCapcity": 3}"#, "agent.replayCapcity"),
    (#"{"exploration": 2}"#, "agent.exploration"),
  ])
  func badOptionsAreExplained(_ text: String, path: String) throws {
    let json = try JSONValue(parsing: text)
    let error = #expect(throws: ConfigurationError.self) {
      try DeepRecurrentQOptions(json: json, at: JSONPath("agent"))
    }
    #expect(error.map { "\($0.path)" } == path)
  }

  @Test func notANumberIsNamed() throws {
    let agent = try Maze.agent(Self.small(), in: Maze.environment(length: 3))
    try agent.fillReplay()
    let episodes = agent.progress.episodes
    agent.parameters.update { $0[0] = .nan }
    let error = #expect(throws: NumericalError.self) { try agent.trainIteration() }
    #expect(
      error
        == NumericalError(
          quantity: "value of action 0", iteration: 1, place: "step 0 of episode \(episodes)"))
    #expect(throws: NumericalError.self) {
      try agent.evaluate(episodes: 3, key: RandomKey(seed: 1))
    }
  }

  @Test func statesOfOtherExperimentsAndDamagedOnesAreRefused() throws {
    let environment = Maze.environment(length: 3)
    let agent = try Maze.agent(Self.small(), in: environment)
    _ = try agent.trainIteration()
    let stored = try Maze.state(of: agent)
    var larger = try Self.small()
    larger.replayCapacity = 151
    let other = try Maze.agent(larger, in: environment)
    #expect(throws: ArchiveError.self) { try other.restore(from: stored) }

    for (place, number) in [(0, 4), (1, 2), (2, 0), (2, 9), (3, -1), (3, 1 << 40)] as [(Int, Int64)]
    {
      var damaged = Archive()
      for (section, tensors) in stored.tensors {
        for (name, tensor) in tensors {
          guard name == "replay/transitions", var numbers = tensor.integers else {
            damaged.store(tensor, name, in: section)
            continue
          }
          numbers[4 * 17 + place] = number
          damaged.store(ArchivedTensor(numbers, shape: tensor.shape), name, in: section)
        }
      }
      for (name, json) in stored.values { damaged.storeEncoded(json, name) }
      let error = #expect(throws: ArchiveError.self) { try agent.restore(from: damaged) }
      #expect(error?.reason == "has an impossible transition in place 17")
    }
  }
}
