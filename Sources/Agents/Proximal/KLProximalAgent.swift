import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor

/// Proximal policy optimisation with a penalty on the divergence, as the NMD net learns.
///
/// ```
/// L = −mean(A exp(ln p − ln p_old)) + β mean(KL) + η mean(max(0, KL − 2 KL_target)²)
/// ```
///
/// There is neither clipping of the ratio nor an entropy bonus. Penalties on the means of signals in an
/// update are added to the losses of both networks. Actor and critic are separate networks
/// of the same kind. Windows of truncated backpropagation begin in the states recorded with the
/// parameters before the update, and keep them over all epochs.
///
/// Stages, such as a warm-up, change the parameters of both networks before the training. They find
/// episodes of the untrained policy, in environments and with random streams of their own.
///
/// Source: Vecoven et al. 2020 and its released code.
public final class KLProximalAgent: AgentTrainer {
  typealias Port = KLProximalPrograms.Port

  /// The options.
  public let options: KLProximalOptions
  /// How far the training has come.
  public private(set) var progress = TrainingProgress()
  /// Iterations of the whole training.
  public let totalIterations: Int
  /// What the learning curve shows.
  public var headlineMetric: String { "train/discountedReturn" }

  let context: TrainerContext
  let programs: KLProximalPrograms
  let policyParameters: ParameterStore
  let critic: Critic
  let policyOptimizer: any ParameterUpdater
  /// What the signals of the actor cost.
  var policyPricing: UpdatePricing
  var servo: DivergenceServo
  let pool: ThreadPool
  private let acting: Executor
  private let values: Executor
  let learning: Executor
  let measuring: Executor
  let batches: [EpisodeBatch]
  private let horizon: Int
  /// Steps of each episode that are learned from.
  let learned: Int

  /// An agent at the beginning of its training.
  ///
  /// - Throws: `ConfigurationError` where the environment does not suit: it needs continuous actions
  ///   and a time limit.
  public init(_ options: KLProximalOptions, context: TrainerContext) throws {
    self.options = options
    self.context = context
    let specification = context.environment.specification
    guard case .continuous(let actions) = specification.actionSpace else {
      throw ConfigurationError(
        JSONPath("agent"), "needs continuous actions, and \(specification.name) has choices",
        remedy: "Choose an environment with continuous actions, or an agent for choices.")
    }
    guard let horizon = specification.horizon else {
      throw ConfigurationError(
        JSONPath("environment"), "\(specification.name) has no time limit",
        remedy: "This agent learns from whole episodes of equal length; set a horizon.")
    }
    self.horizon = horizon
    learned = options.trainCut == 0 ? horizon : options.trainCut
    guard learned <= horizon, learned % options.window == 0 else {
      throw ConfigurationError(
        JSONPath("agent.trainCut"),
        "\(learned) learned steps do not fit episodes of \(horizon) and windows of \(options.window)",
        remedy: "Choose a multiple of window that is at most the horizon.")
    }
    totalIterations =
      (options.episodes + options.episodesPerIteration - 1) / options.episodesPerIteration
    programs = KLProximalPrograms(
      network: options.network.network, specification: specification, actionSize: actions.count,
      logVarianceOffset: options.logVarianceOffset, divergenceTarget: options.divergenceTarget,
      recordsSignals: !options.penalties.isEmpty)
    for program in [programs.acting, programs.value] {
      try program.requireReasonableSize(at: JSONPath("agent.network"))
      try program.requireNoNoise(at: JSONPath("agent.network"))
    }
    policyParameters = ParameterStore(
      programs.acting.parameters, key: context.key / "parameters" / "policy")
    let valueParameters = ParameterStore(
      programs.value.parameters, key: context.key / "parameters" / "value")
    let rewiringPath = JSONPath("agent.rewiring")
    let rewiring = try options.rewiring.parts(["actor", "critic"], at: rewiringPath)
    policyOptimizer = try rewiring[0].updater(
      around: Optimizer(.adam(), count: policyParameters.layout.count), of: policyParameters,
      key: context.key / "rewiring" / "policy", at: rewiringPath)
    let valueOptimizer = try rewiring[1].updater(
      around: Optimizer(.adam(), count: valueParameters.layout.count), of: valueParameters,
      key: context.key / "rewiring" / "value", at: rewiringPath)
    let policyPricing = try UpdatePricing(
      options.penalties, in: programs.policyLoss, apartFrom: KLProximalPrograms.policyObjectives,
      at: JSONPath("agent.penalties"))
    self.policyPricing = policyPricing
    let valuePricing = try UpdatePricing(
      options.penalties, in: programs.valueLoss, apartFrom: KLProximalPrograms.valueObjectives,
      at: JSONPath("agent.penalties"))
    servo = Self.newServo(options)
    pool = ThreadPool(threads: min(context.threads, options.shards))

    let sizes = Partition.sizes(of: options.episodesPerIteration, parts: options.shards)
    let starts = Partition.starts(of: sizes)
    acting = Executor(programs.acting, parameters: policyParameters, rows: sizes, steps: horizon)
    values = Executor(
      programs.value, parameters: valueParameters, rows: sizes,
      steps: options.timeLimitIsEnd ? horizon : horizon + 1)
    measuring = Executor(
      programs.divergence, parameters: policyParameters, rows: sizes, steps: learned)
    let windows = learned / options.window
    learning = Executor(
      programs.policyLoss, parameters: policyParameters, rows: sizes.map { $0 * windows },
      steps: options.window,
      objectives: KLProximalPrograms.policyObjectives + policyPricing.objectives)
    critic = Critic(
      program: programs.valueLoss, parameters: valueParameters, optimizer: valueOptimizer,
      pricing: valuePricing, minibatch: options.valueMinibatch, window: options.window,
      shards: options.shards, key: context.key)
    var batches: [EpisodeBatch] = []
    for (index, size) in sizes.enumerated() {
      batches.append(
        EpisodeBatch(
          environment: context.environment.makeBatch(
            count: size, firstRow: starts[index], split: .train, key: context.key),
          acting: acting.shards[index], value: values.shards[index], firstRow: starts[index],
          key: context.key))
    }
    self.batches = batches
  }

  private static func newServo(_ options: KLProximalOptions) -> DivergenceServo {
    DivergenceServo(target: options.divergenceTarget, weight: options.divergenceWeight)
  }

  // MARK: Learning

  /// Plays episodes, then updates the policy, then the critic.
  public func trainIteration() throws -> [Metric] {
    let stageMetrics = progress.iterations == 0 ? try runStages() : []
    acting.prepare()
    values.prepare()
    let estimator = GeneralizedAdvantage(discount: options.discount, lambda: options.lambda)
    pool.run(batches.count) { index in
      batches[index].play(samples: true, discount: options.discount)
      batches[index].assess(
        estimator: estimator, scale: Float(1 - options.discount),
        timeLimitIsEnd: options.timeLimitIsEnd)
    }
    try batches.check(iteration: progress.iterations + 1)
    batches.normalizeAdvantages(steps: learned)
    let policy = try updatePolicy()
    critic.remember(batches, learned: learned, limit: options.valueBatches)
    let value = try critic.learn(
      epochs: options.valueEpochs, learningRate: options.valueLearningRate * Float(schedule),
      pool: pool, iteration: progress.iterations + 1)

    let returns = batches.flatMap(\.returns)
    progress.iterations += 1
    progress.episodes += returns.count
    progress.environmentSteps += returns.count * horizon
    let count = Double(returns.count)
    var metrics = [
      Metric("train/return", returns.reduce(0) { $0 + $1.total } / count),
      Metric("train/discountedReturn", returns.reduce(0) { $0 + $1.discounted } / count),
    ]
    for (index, name) in context.environment.specification.counterNames.enumerated() {
      metrics.append(
        Metric("train/\(name)", returns.reduce(0) { $0 + Double($1.counters[index]) } / count))
    }
    return metrics + policy + [Metric("value/loss", value.error)] + stageMetrics
      + signalMetrics + value.metrics
  }

  /// The means of the signals of both networks over the episodes that have just been played.
  private var signalMetrics: [Metric] {
    SignalMeans.metrics(
      "signal/actor", of: policyPricing.signals, in: acting.shards, steps: horizon)
      + SignalMeans.metrics(
        "signal/critic", of: critic.pricing.signals, in: values.shards, steps: horizon)
  }

  /// The part of step sizes and divergence target that this iteration uses. The last one still learns.
  var schedule: Double {
    options.learningRateSchedule.factor(
      at: Double(progress.iterations) / Double(totalIterations))
  }

  // MARK: Testing

  /// Plays test episodes with samples of the policy, as in training.
  public func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn] {
    var returns: [EpisodeReturn] = []
    while returns.count < episodes {
      let rows = min(options.episodesPerIteration, episodes - returns.count)
      let sizes = Partition.sizes(of: rows, parts: min(options.shards, rows))
      let batches = playEpisodes(
        sizes: sizes, firstRow: returns.count, split: .test, key: key)
      try batches.check(iteration: progress.iterations)
      returns += batches.flatMap(\.returns)
    }
    return returns
  }

  /// Plays an episode in every row of new environments, with samples of the policy.
  ///
  /// - Parameter sizes: rows of each batch.
  func playEpisodes(
    sizes: [Int], firstRow: Int, split: TaskSplit, key: RandomKey
  ) -> [EpisodeBatch] {
    let starts = Partition.starts(of: sizes).map { $0 + firstRow }
    let acting = Executor(
      programs.acting, parameters: policyParameters, rows: sizes, steps: horizon)
    let values = Executor(programs.value, parameters: critic.parameters, rows: sizes, steps: 1)
    acting.prepare()
    let batches = sizes.indices.map { index in
      EpisodeBatch(
        environment: context.environment.makeBatch(
          count: sizes[index], firstRow: starts[index], split: split, key: key),
        acting: acting.shards[index], value: values.shards[index], firstRow: starts[index],
        key: key)
    }
    // The executor owns the weights that the batches compute with.
    withExtendedLifetime(acting) {
      pool.run(batches.count) { batches[$0].play(samples: true, discount: options.discount) }
    }
    return batches
  }

  /// Begins to play with samples of the policy.
  public func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? {
    KLProximalPlayer(
      program: programs.recording, parameters: policyParameters, iteration: progress.iterations,
      in: environment, key: key)
  }

  /// Layers, shapes and parameter counts.
  public func describe() -> String {
    "actor\n\(programs.acting.summary)\ncritic\n\(programs.value.summary)"
  }

  // MARK: Storage

  /// What the names of the actor's parameters begin with in checkpoints.
  static let policyPrefix = "policy"
  /// What the names of the critic's parameters begin with in checkpoints.
  static let valuePrefix = "value"

  /// Stores everything the future depends on.
  public func save(into archive: inout Archive) throws {
    try archive.store(progress, "progress")
    try archive.store(servo, "servo")
    policyParameters.save(into: &archive, prefix: Self.policyPrefix)
    policyOptimizer.save(into: &archive, prefix: Self.policyPrefix)
    try critic.save(into: &archive, prefix: Self.valuePrefix)
    for (index, batch) in batches.enumerated() {
      try batch.save(into: &archive, prefix: "shard\(index)")
    }
  }

  /// Stores the weights of both networks and the episodes.
  public func save(evidenceInto archive: inout Archive) {
    policyParameters.save(into: &archive, prefix: Self.policyPrefix)
    critic.parameters.save(into: &archive, prefix: Self.valuePrefix)
    archive.store(evidenceOf: batches)
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive) throws {
    progress = try archive.value("progress", completedBy: TrainingProgress())
    servo = try archive.value("servo", completedBy: Self.newServo(options))
    try policyParameters.restore(from: archive, prefix: Self.policyPrefix)
    try policyOptimizer.restore(from: archive, prefix: Self.policyPrefix)
    try critic.restore(from: archive, prefix: Self.valuePrefix)
    for (index, batch) in batches.enumerated() {
      try batch.restore(from: archive, prefix: "shard\(index)")
    }
  }

  /// Restores the progress and the weights of both networks.
  public func restoreLearned(from archive: Archive) throws {
    progress = try archive.value("progress", completedBy: TrainingProgress())
    try policyParameters.restore(from: archive, prefix: Self.policyPrefix)
    try critic.parameters.restore(from: archive, prefix: Self.valuePrefix)
  }
}
