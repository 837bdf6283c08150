import Agents
import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor

/// What is seen does not depend on what is done, so that inner signals depend on the weights alone.
struct Clock: Environment {
  var observationSpace: BoxSpace { BoxSpace(count: 2, in: -1...1) }
  var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  var horizon: Int? { 8 }

  func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Int {
    random.integer(below: 5)
  }
  func initialState(of task: Int, using random: inout RandomStream) -> Int { 0 }
  func observe(_ state: Int, of task: Int, into observation: UnsafeMutableBufferPointer<Float>) {
    observation[0] = Float(task) / 5
    observation[1] = state % 2 == 0 ? 1 : -1
  }
  func step(
    _ state: inout Int, of task: inout Int, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    outcome.executedAction[0] = min(max(action[0], -1), 1)
    outcome.reward = outcome.executedAction[0]
    state += 1
  }
}

/// The same small trainings of every agent that learns by gradients, with prices and rewiring.
enum SparseLearning: String, CaseIterable {
  case a2c, ppo, klPPO, drqn

  /// What is varied.
  struct Choice {
    var network: String
    var penalties: String = "[]"
    var rewiring: String = "{}"
    var learningRate: Float = 1e-3
    var isSingleUpdate = false
    var shards = 2
    var window = 4
    var threads = 1
    var seed: UInt64 = 3
    /// A file of weights to begin with.
    var storedWeights: String?
  }

  /// Where matrices of the networks are, with a slash behind.
  var scopes: [String] { self == .drqn ? [""] : ["actor/", "critic/"] }
  /// What the names of weights of these networks begin with in checkpoints.
  var prefixes: [String] {
    switch self {
    case .a2c, .ppo: ["network/actor/", "network/critic/"]
    case .klPPO: ["policy/", "value/"]
    case .drqn: ["network/"]
    }
  }
  /// The names of the prices in the log.
  var penaltyNames: [String] {
    self == .klPPO ? ["policy/penalty", "value/penalty"] : ["train/penalty"]
  }

  func agent(_ choice: Choice) throws -> any AgentTrainer {
    func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }
    let network = try NetworkChoice(json: json(choice.network), at: .root)
    guard case .array(let list) = try json(choice.penalties) else {
      preconditionFailure("penalties are a list")
    }
    let penalties = try list.enumerated().map {
      try Penalty(json: $1, at: JSONPath("agent.penalties").appending($0))
    }
    let rewiring = try RewiringOptions(json: json(choice.rewiring), at: JSONPath("agent.rewiring"))
    let stages =
      try choice.storedWeights.map {
        try TrainingStageChoice(
          json: json(#"{"name": "stored-weights", "file": "\#($0)"}"#), at: .root)
      }.map { [$0] } ?? []
    func context(_ environment: EnvironmentFactory) -> TrainerContext {
      TrainerContext(
        environment: environment, key: RandomKey(seed: choice.seed), threads: choice.threads)
    }
    let clock = EnvironmentFactory(name: "clock", Clock(), episodesPerTrial: 2)
    switch self {
    case .a2c, .ppo:
      var settings = self == .a2c ? ActorCriticSettings() : PPOOptions().settings
      (settings.network, settings.penalties, settings.rewiring) = (network, penalties, rewiring)
      settings.stages = stages
      (settings.environments, settings.rolloutSteps, settings.shards) = (5, 8, choice.shards)
      settings.rolloutsPerIteration = choice.isSingleUpdate ? 1 : 3
      (settings.learningRate, settings.gradientNormLimit) = (choice.learningRate, 1e6)
      if self == .ppo {
        (settings.epochs, settings.minibatches, settings.window) = (2, 3, choice.window)
      }
      if choice.isSingleUpdate {
        settings.optimizer = .momentum
        (settings.epochs, settings.window) = (1, 8)
        // A single window makes a minibatch: no update in one piece.
        if self == .ppo { (settings.environments, settings.shards) = (1, 1) }
      }
      return try ActorCriticAgent(settings, context: context(clock))
    case .klPPO:
      var options = KLProximalOptions()
      (options.network, options.penalties, options.rewiring) = (network, penalties, rewiring)
      options.stages = stages
      (options.episodesPerIteration, options.shards) = (6, choice.shards)
      (options.trainCut, options.window) = (8, choice.isSingleUpdate ? 8 : choice.window)
      (options.policyEpochs, options.valueEpochs) = choice.isSingleUpdate ? (1, 1) : (3, 2)
      options.valueMinibatch = choice.isSingleUpdate ? 6 : 5
      options.policyLearningRate = choice.learningRate
      options.valueLearningRate = choice.learningRate
      options.divergenceTarget = 0.1
      return try KLProximalAgent(options, context: context(clock))
    case .drqn:
      var options = DeepRecurrentQOptions()
      (options.network, options.penalties, options.rewiring) = (network, penalties, rewiring)
      options.stages = stages
      options.explorationWeights = [3, 1, 1, 1]
      (options.replayCapacity, options.minibatch, options.shards) = (60, 10, choice.shards)
      options.exploration = choice.isSingleUpdate ? 1 : 0.2
      (options.episodesPerIteration, options.updatesPerEpisode) =
        choice.isSingleUpdate ? (1, 1) : (3, 2)
      options.learningRate = choice.learningRate
      return try DeepRecurrentQAgent(options, context: context(Maze.environment(length: 4)))
    }
  }

  static func metrics(_ agent: any AgentTrainer) throws -> [String: Double] {
    Dictionary(uniqueKeysWithValues: try agent.trainIteration().map { ($0.name, $0.value) })
  }

  static func state(of agent: any AgentTrainer) throws -> Archive {
    var archive = Archive()
    try agent.save(into: &archive)
    return archive
  }
}
