import Agents
import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// Activity and its price in agents that learn from their own experience.
@Suite struct AgentPenaltyTests {
  private typealias Choice = SparseLearning.Choice

  private static func spiking(_ cell: String) -> String {
    #"{"name": "recurrent", "cell": \#(cell), "sizes": [9], "hidden": []}"#
  }
  private static let cells = [
    #"{"name": "lsnn", "threshold": 0.01}"#, #"{"name": "egru", "thresholdMean": 0.1}"#,
  ]

  // MARK: Metrics

  @Test(arguments: SparseLearning.allCases, cells)
  func activityAndOperationsAreLogged(_ kind: SparseLearning, cell: String) throws {
    func metrics(_ penalties: String) throws -> [String: Double] {
      try SparseLearning.metrics(
        kind.agent(Choice(network: Self.spiking(cell), penalties: penalties)))
    }
    let plain = try metrics("[]")
    for scope in kind.scopes {
      let activity = try #require(plain["signal/\(scope)recurrent0/activity"])
      #expect(activity > 0 && activity < 1, "\(scope) is \(activity)")
      let silence = try #require(plain["signal/\(scope)recurrent0/backwardSparsity"])
      #expect(silence >= 0 && silence < 1, "\(scope) is \(silence)")
    }
    for scope in kind == .klPPO ? ["actor/", "critic/"] : [""] {
      for product in ["forward", "backward", "weights"].map({ "operations/\(scope)\($0)" }) {
        let executed = try #require(plain["\(product)/executed"])
        let dense = try #require(plain["\(product)/dense"])
        let share = try #require(plain[product])
        #expect(share > 0 && share <= 1 && abs(executed / dense - share) < 1e-12)
      }
    }
    // A price of 0 changes no other number.
    let priced = try metrics(#"[{"signal": "activity"}]"#)
    for name in kind.penaltyNames {
      #expect(plain[name] == nil && priced[name] == 0)
    }
    for (name, value) in plain {
      #expect(priced[name]?.bitPattern == value.bitPattern, "\(name)")
    }
  }

  /// Each neuron is reached by two numbers of the observation and nine spikes, and reaches the heads.
  @Test func operationsAreThoseOfAStep() throws {
    for (kind, outputs) in [(SparseLearning.a2c, 2), (.ppo, 2)] {
      let metrics = try SparseLearning.metrics(
        kind.agent(
          Choice(
            network: #"{"name": "recurrent", "cell": "lsnn", "sizes": [9], "hidden": [],"#
              + #" "feedback": false}"#)))
      let dense = try #require(metrics["operations/forward/dense"])
      #expect(dense == Double(2 * 9 * (2 + 9) + 9 * outputs), "\(kind): \(dense)")
    }
  }

  @Test(arguments: SparseLearning.allCases)
  func networksWithoutSpikesHaveNoActivity(_ kind: SparseLearning) throws {
    let metrics = try SparseLearning.metrics(
      kind.agent(Choice(network: #"{"name": "recurrent", "sizes": [4], "hidden": []}"#)))
    #expect(!metrics.keys.contains { $0.hasPrefix("signal") || $0.hasPrefix("operations") })
  }

  // MARK: Gradient

  private static let modulated =
    #"{"name": "nmd", "sizes": [4], "modulationSize": 3, "hidden": [3], "activation": "tanh","#
    + #" "feedbackScale": 0, "weights": {"scale": 0.5}}"#
  private static let prices = """
    [{"signal": "z", "weight": 0.5, "target": 0.3},
     {"signal": "scale0", "form": "layer", "weight": 0.7, "target": 0.2},
     {"signal": "scale0", "form": "meanOverUnits", "weight": 0.9, "target": -0.4},
     {"signal": "z", "form": "linear", "weight": 0.3}]
    """

  /// The weights and the gradient of an agent's first update, by name. The gradient is what momentum's
  /// first step went by, or a tenth of it, Adam's first moment.
  private static func gradients(
    _ kind: SparseLearning, penalties: String, from beginning: Archive
  ) throws -> [String: [Double]] {
    var choice = Choice(network: modulated, penalties: penalties, isSingleUpdate: true)
    choice.learningRate = kind == .a2c || kind == .ppo ? 1 : 1e-9
    let agent = try kind.agent(choice)
    try agent.restore(from: beginning)
    _ = try agent.trainIteration()
    let after = try SparseLearning.state(of: agent)
    var gradients: [String: [Double]] = [:]
    guard kind == .klPPO || kind == .drqn else {
      for (name, tensor) in beginning.tensors[.weights] ?? [:] {
        let (old, new) = try (#require(tensor.floats), after.floats(name, count: tensor.count))
        gradients[name] = zip(old, new).map { Double($0 - $1) }
      }
      return gradients
    }
    let clock = EnvironmentSpecification(name: "clock", of: Clock())
    let networks: [(String, EnvironmentSpecification, [Head])] =
      kind == .drqn
      ? [("network", Maze.environment(length: 4).specification, [Head("values", size: 4)])]
      : [
        ("policy", clock, [Head("mean", size: 1), Head("logVariance", size: 1)]),
        ("value", clock, [Head("value", size: 1)]),
      ]
    let network = try NetworkChoice(json: JSONValue(parsing: modulated), at: .root).network
    for (prefix, specification, heads) in networks {
      let program = network.program(
        observationSize: specification.observationSpace.count,
        actionSize: specification.executedActionSize, heads: heads)
      let layout = ParameterStore(program.parameters, key: RandomKey(seed: 0)).layout
      let moment = try #require(after.tensors[.optimizer]?["\(prefix)/first"]?.floats)
      #expect(moment.count == layout.count)
      for (parameter, offset) in zip(layout.parameters, layout.offsets) {
        gradients["\(prefix)/\(parameter.name)"] =
          moment[offset..<offset + parameter.count].map { 10 * Double($0) }
      }
    }
    return gradients
  }

  /// The gradient with prices less that without, against differences of the price that the agent
  /// itself reports. The first rollout is the same with and without.
  @Test(arguments: SparseLearning.allCases)
  func thePriceIsPartOfTheGradient(_ kind: SparseLearning) throws {
    var choice = Choice(network: Self.modulated, penalties: Self.prices, isSingleUpdate: true)
    choice.learningRate = 0
    let frozen = try kind.agent(choice)
    var beginning = try SparseLearning.state(of: frozen)
    // Far from the kink of the signal's ReLU.
    for prefix in kind.prefixes {
      beginning = beginning.replacing(
        "\(prefix)modulator/z/bias", by: ArchivedTensor([Float](repeating: 1, count: 3)))
    }
    func price(_ archive: Archive) throws -> Double {
      try frozen.restore(from: archive)
      let metrics = try SparseLearning.metrics(frozen)
      return try kind.penaltyNames.reduce(0) { $0 + (try #require(metrics[$1])) }
    }
    let priced = try Self.gradients(kind, penalties: Self.prices, from: beginning)
    let plain = try Self.gradients(kind, penalties: "[]", from: beginning)
    let base = try price(beginning)
    var random = RandomKey(seed: 4).stream()
    for (name, tensor) in (beginning.tensors[.weights] ?? [:]).sorted(by: { $0.key < $1.key })
    where !name.hasPrefix("target/") {
      let before = try #require(tensor.floats)
      let gradient = try zip(#require(priced[name]), #require(plain[name])).map { $0 - $1 }
      let check = DifferenceCheck(name, values: before, gradient: gradient, base: base) { values in
        try price(beginning.replacing(name, by: ArchivedTensor(values, shape: tensor.shape)))
      }
      try check.compareEntries(2, using: &random)
      // Prices depend on the modulator and on what makes the slopes of the hidden layer, and on nothing
      // else.
      if name.contains("modulator/") || name.hasSuffix("hidden0/scale") {
        try check.compareWhole()
      } else {
        #expect(check.scale < check.floor, "\(name): \(check.scale)")
      }
    }
  }

  /// What costs becomes less, with rows that are not filled and with any shards.
  @Test(arguments: SparseLearning.allCases)
  func pricesHoldActivityDown(_ kind: SparseLearning) throws {
    func activity(_ weight: Double, shards: Int) throws -> Double {
      var choice = Choice(
        network: Self.spiking(Self.cells[0]), learningRate: 0.01)
      choice.penalties =
        #"[{"signal": "activity", "form": "linear", "weight": \#(weight)}]"#
      choice.shards = shards
      let agent = try kind.agent(choice)
      var metrics: [String: Double] = [:]
      for _ in 0..<40 { metrics = try SparseLearning.metrics(agent) }
      return try #require(metrics["signal/\(kind.scopes[0])recurrent0/activity"])
    }
    let free = try activity(0, shards: 2)
    for shards in [1, 3] {
      let priced = try activity(10, shards: shards)
      #expect(priced < 0.6 * free, "\(priced) instead of \(free)")
    }
  }

  /// Gradients are sums over shards, whatever rows of a minibatch are empty. Weights stay as they are, so
  /// that the order of the sums is all that differs: a few roundings of numbers of about one.
  @Test(arguments: SparseLearning.allCases)
  func shardsDoNotMatter(_ kind: SparseLearning) throws {
    func metrics(shards: Int) throws -> [String: Double] {
      var choice = Choice(network: Self.modulated, penalties: Self.prices)
      // Windows shorter than a rollout would be dealt out to other minibatches.
      (choice.shards, choice.window, choice.learningRate) = (shards, 8, 0)
      return try SparseLearning.metrics(kind.agent(choice))
    }
    let whole = try metrics(shards: 1)
    for (name, value) in try metrics(shards: 4) {
      let other = try #require(whole[name])
      #expect(abs(value - other) < 1e-5 * (1 + abs(other)), "\(name): \(value), \(other)")
    }
  }

  @Test(arguments: SparseLearning.allCases)
  func signalsThatDoNotExistAreNamed(_ kind: SparseLearning) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try kind.agent(
        Choice(
          network: Self.spiking(#""lsnn""#),
          penalties: #"[{"signal": "activity"}, {"signal": "activty"}]"#))
    }
    #expect(error?.path.description == "agent.penalties[1].signal")
    #expect(error?.problem == "the network has no signal named “activty”")
    #expect(error?.remedy.contains("activity") == true)
  }

  /// Costs that a cell names itself are paid without being asked for.
  @Test(arguments: SparseLearning.allCases)
  func cellsNameTheirOwnCosts(_ kind: SparseLearning) throws {
    let cell = #"{"name": "egru", "thresholdMean": 0.1, "penalty": {"event": 2}}"#
    let metrics = try SparseLearning.metrics(
      kind.agent(Choice(network: Self.spiking(cell))))
    for name in kind.penaltyNames { #expect(try #require(metrics[name]) > 0) }
  }
}

extension Archive {
  fileprivate func floats(_ name: String, count: Int) throws -> [Float] {
    try floats(name, count: count, in: .weights)
  }
}

extension ArchivedTensor {
  fileprivate var count: Int { shape.reduce(1, *) }
}
