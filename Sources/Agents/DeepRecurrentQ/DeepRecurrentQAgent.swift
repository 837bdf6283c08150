import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor

/// A deep recurrent Q-network: it learns the values of actions given everything seen in an episode.
///
/// ```
/// y = r + γ max_a' Q⁻(h', a')                 y = r after a final state
/// L = mean (Q(h, a) − y)²                     over transitions drawn from a replay
/// ```
///
/// Penalties on the means of signals, over all steps of the drawn histories, are added to L.
///
/// A history h is the whole episode up to the action; the gradient flows through all of it. A time
/// limit is not a final state. The target network Q⁻ is a copy of Q, made anew after a number of
/// episodes. The agent acts greedily but for a share of random actions; before the training, random
/// actions alone fill the replay.
///
/// Stages, such as a warm-up, change the parameters between the two; they find the histories of the replay.
/// Numbers found elsewhere can be put into ``parameters`` before the first iteration.
///
/// Sources: Mnih et al. 2015; Hausknecht & Stone 2015, arXiv 1507.06527. Defaults as in Lambrechts et al.
/// 2023, arXiv 2106.01001.
public final class DeepRecurrentQAgent: AgentTrainer {
  /// The options.
  public let options: DeepRecurrentQOptions
  /// How far the training has come. Episodes and steps that filled the replay count.
  public private(set) var progress = TrainingProgress()
  /// Iterations of the whole training.
  public let totalIterations: Int
  /// What the learning curve shows.
  public var headlineMetric: String { "train/return" }
  /// What the agent sees to the value of each action.
  public var network: Program { programs.values }
  /// The parameters of the network.
  public let parameters: ParameterStore
  /// The histories to learn from.
  public let replay: HistoryReplay

  private let context: TrainerContext
  private let programs: DeepRecurrentQPrograms
  private let actionCount: Int
  private let policy: ExplorationPolicy
  private let player: EpisodePlayer
  private let target: TargetNetwork
  private let learner: HistoryLearner
  private let pool: ThreadPool

  /// An agent at the beginning of its training.
  ///
  /// - Throws: `ConfigurationError` where the environment does not suit: it needs choices and a time
  ///   limit.
  public init(_ options: DeepRecurrentQOptions, context: TrainerContext) throws {
    self.options = options
    self.context = context
    let specification = context.environment.specification
    guard case .discrete(let actionCount) = specification.actionSpace else {
      throw ConfigurationError(
        JSONPath("agent"), "needs choices, and \(specification.name) has continuous actions",
        remedy: "Choose an environment with choices, or an agent for continuous actions.")
    }
    guard let horizon = specification.horizon else {
      throw ConfigurationError(
        JSONPath("environment"), "\(specification.name) has no time limit",
        remedy: "This agent stores whole episodes; set a horizon.")
    }
    let weights =
      options.explorationWeights.isEmpty
      ? Array(repeating: 1, count: actionCount) : options.explorationWeights
    guard weights.count == actionCount else {
      throw ConfigurationError(
        JSONPath("agent.explorationWeights"),
        "has \(weights.count) numbers for the \(actionCount) actions of \(specification.name)",
        remedy: "Write one number for each action, or [].")
    }
    self.actionCount = actionCount
    policy = ExplorationPolicy(probability: options.exploration, weights: weights)
    totalIterations =
      (options.episodes + options.episodesPerIteration - 1) / options.episodesPerIteration
    programs = DeepRecurrentQPrograms(
      network: options.network.network, specification: specification, actions: actionCount,
      recordsSignals: !options.penalties.isEmpty)
    try programs.values.requireReasonableSize(at: JSONPath("agent.network"))
    try programs.values.requireNoNoise(at: JSONPath("agent.network"))
    parameters = ParameterStore(programs.values.parameters, key: context.key / "parameters")
    pool = ThreadPool(threads: min(context.threads, options.shards))
    replay = HistoryReplay(
      capacity: options.replayCapacity, horizon: horizon, specification: specification)
    player = EpisodePlayer(
      environment: context.environment.makeBatch(count: 1, split: .train, key: context.key),
      program: programs.values, parameters: parameters, discount: options.discount,
      key: context.key)
    let sizes = Partition.sizes(of: options.minibatch, parts: options.shards)
    target = TargetNetwork(
      program: programs.values, sizes: sizes, horizon: horizon, key: context.key / "parameters")
    learner = try HistoryLearner(
      options, program: programs.loss, parameters: parameters, sizes: sizes, horizon: horizon,
      key: context.key)
  }

  // MARK: Learning

  /// Plays random episodes until the replay is full.
  ///
  /// - Throws: what an episode can throw, see ``trainIteration()``.
  public func fillReplay() throws {
    while replay.count < replay.capacity { try playEpisode(policy.alwaysRandom) }
  }

  /// Plays and learns `episodesPerIteration` episodes.
  ///
  /// - Throws: ``NumericalError``, and a `ConfigurationError` for an environment whose trials hold
  ///   several episodes.
  public func trainIteration() throws -> [Metric] {
    try fillReplay()
    let stageMetrics =
      progress.iterations == 0
      ? try options.stages.run(
        stageContext(at: JSONPath("agent.stages"), key: context.key / "stage"),
        before: learner.optimizer) : []
    let counterNames = context.environment.specification.counterNames
    learner.beginIteration()
    var statistics = ValueStatistics(counters: counterNames.count)
    for episode in 0..<options.episodesPerIteration {
      let finished = progress.iterations * options.episodesPerIteration + episode
      if finished % options.targetPeriod == 0 {
        target.copy(parameters, valuing: replay, pool: pool)
      }
      try playEpisode(policy)
      statistics.add(player.returns[0])
      target.value(
        replay, from: max(0, replay.count - player.returns[0].length), pool: pool)
      for _ in 0..<options.updatesPerEpisode {
        try learner.update(
          replay, discount: Float(options.discount), learningRate: options.learningRate,
          gradientNormLimit: options.gradientNormLimit, pool: pool,
          iteration: progress.iterations + 1, statistics: &statistics)
      }
    }
    progress.iterations += 1
    let variability = try options.variability.metrics(
      afterIteration: progress.iterations,
      in: stageContext(at: JSONPath("agent.variability"), key: context.key / "variability"),
      shards: options.shards)
    return statistics.metrics(counterNames: counterNames) + stageMetrics + variability
      + learner.metrics
  }

  /// What stages and measurements work on: the network as it is, and the histories of the replay.
  private func stageContext(at path: JSONPath, key: RandomKey) -> StageContext {
    StageContext(
      network: options.network.network, program: programs.values, parameters: parameters,
      trajectories: ReplayTrajectories(
        replay: replay, network: options.network.network,
        specification: context.environment.specification, actions: actionCount),
      path: path, key: key, pool: pool)
  }

  /// Plays an episode into the replay.
  private func playEpisode(_ policy: ExplorationPolicy) throws {
    let environment = player.environment
    replay.begin(observation: environment.observations)
    repeat {
      player.step(policy)
      if let fault = player.fault {
        throw NumericalError(
          quantity: fault.quantity, iteration: progress.iterations + 1,
          place: "step \(fault.step) of episode \(progress.episodes)")
      }
      replay.add(
        action: Int(player.actions.pointer[0]), executed: environment.executedActions,
        reward: environment.rewards[0], isTerminal: environment.ends[0].isTerminal,
        observation: environment.finalObservations)
    } while !environment.ends[0].isEnd
    guard environment.endsTrial(row: 0) else {
      throw ConfigurationError(
        JSONPath("environment"),
        "a trial of \(environment.specification.name) has several episodes",
        remedy: "This agent remembers a single one; use an agent such as a2c or ppo.")
    }
    progress.episodes += 1
    progress.environmentSteps += player.returns[0].length
  }

  // MARK: Testing

  /// Plays test episodes by the largest values.
  public func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn] {
    let rows = min(episodes, 64)
    let environment = context.environment.makeBatch(count: rows, split: .test, key: key)
    let player = greedyPlayer(in: environment, key: key)
    // Every row contributes its first episodes, so that short ones are not preferred.
    var quotas = Partition.sizes(of: episodes, parts: rows)
    var returns: [EpisodeReturn] = []
    while returns.count < episodes {
      try player.step()
      for row in 0..<rows where environment.ends[row].isEnd && quotas[row] > 0 {
        quotas[row] -= 1
        returns.append(player.episodes.returns[row])
      }
    }
    return returns
  }

  /// Begins to play by the largest values.
  public func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? { greedyPlayer(in: environment, key: key) }

  private func greedyPlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) -> DeepRecurrentQPlayer {
    DeepRecurrentQPlayer(
      program: programs.values, parameters: parameters, actionCount: actionCount,
      discount: options.discount, iteration: progress.iterations, in: environment, key: key)
  }

  /// Layers, shapes and parameter counts.
  public func describe() -> String { programs.values.summary }

  // MARK: Storage

  /// Stores everything the future depends on.
  public func save(into archive: inout Archive) throws {
    try archive.store(progress, "progress")
    parameters.save(into: &archive, prefix: "network")
    target.save(into: &archive, prefix: "target")
    try learner.save(into: &archive, prefix: "network")
    try replay.save(into: &archive, prefix: "replay")
    try player.save(into: &archive, prefix: "player")
  }

  /// Stores the weights.
  public func save(evidenceInto archive: inout Archive) {
    parameters.save(into: &archive, prefix: "network")
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive) throws {
    try restoreLearned(from: archive)
    try target.restore(from: archive, prefix: "target")
    try learner.restore(from: archive, prefix: "network")
    try replay.restore(from: archive, prefix: "replay", actions: actionCount)
    try player.restore(from: archive, prefix: "player")
  }

  /// Restores the progress and the weights.
  public func restoreLearned(from archive: Archive) throws {
    progress = try archive.value("progress")
    try parameters.restore(from: archive, prefix: "network")
  }
}
