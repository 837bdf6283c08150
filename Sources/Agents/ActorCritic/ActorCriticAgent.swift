import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor

/// Advantage actor–critic and proximal policy optimisation, with networks that may remember.
///
/// ```
/// L = mean(Lπ) + c_v mean((V − R)²) − c_e mean(entropy)
/// Lπ = −A ln p                                       A2C
/// Lπ = −min(ρ A, clip(ρ, 1 − ε, 1 + ε) A)            PPO, ρ = p / p_old
/// ```
///
/// Penalties on the means of signals in an update are added to L.
///
/// Time limits are not final states: the value of the last observation is bootstrapped. The memory of a
/// network lasts for a trial. Gradients flow through windows that begin in the states of the rollout.
///
/// Stages, such as a warm-up, change the parameters before the training. They find histories of the
/// untrained policy, in environments and with random streams of their own.
///
/// Sources: Mnih et al. 2016; Schulman et al. 2016, 2017. Defaults as in Stable-Baselines3.
public final class ActorCriticAgent: AgentTrainer {
  typealias Port = ActorCriticPrograms.Port

  /// The settings.
  public let settings: ActorCriticSettings
  /// How far the training has come.
  public private(set) var progress = TrainingProgress()
  /// Iterations of the whole training.
  public let totalIterations: Int
  /// What the learning curve shows.
  public var headlineMetric: String { "train/return" }

  private let context: TrainerContext
  private let programs: ActorCriticPrograms
  private let parameters: ParameterStore
  private let optimizer: any ParameterUpdater
  private let pool: ThreadPool
  private let acting: Executor
  private let valuing: Executor
  private let rollouts: [RolloutShard]
  private let firstRows: [Int]
  private let minibatches: MinibatchLearner
  private var observationNormalizer: RunningNormalizer?
  private var rewardNormalizer: RewardNormalizer?
  private var shuffling: RandomStream
  /// Episodes that ended in this iteration; kept for its memory.
  private var finished: [EpisodeReturn] = []

  /// An agent at the beginning of its training.
  public init(_ settings: ActorCriticSettings, context: TrainerContext) throws {
    self.settings = settings
    self.context = context
    let specification = context.environment.specification
    let programs = ActorCriticPrograms(settings, specification: specification)
    try programs.network.requireReasonableSize(at: JSONPath("agent.network"))
    try programs.network.requireNoNoise(at: JSONPath("agent.network"))
    self.programs = programs
    let stepsPerIteration =
      settings.environments * settings.rolloutSteps * settings.rolloutsPerIteration
    totalIterations = (settings.steps + stepsPerIteration - 1) / stepsPerIteration
    parameters = ParameterStore(programs.network.parameters, key: context.key / "parameters")
    optimizer = try settings.rewiring.updater(
      around: Optimizer(settings.rule, count: parameters.layout.count), of: parameters,
      key: context.key / "rewiring", at: JSONPath("agent.rewiring"))
    let pricing = try UpdatePricing(
      settings.penalties, in: programs.network, apartFrom: programs.heads,
      at: JSONPath("agent.penalties"))
    pool = ThreadPool(threads: min(context.threads, settings.shards))
    shuffling = (context.key / "minibatches").stream()
    if settings.normalizesObservations {
      observationNormalizer = RunningNormalizer(size: specification.observationSpace.count)
    }
    if settings.normalizesRewards {
      rewardNormalizer = RewardNormalizer(
        rows: settings.environments, discount: settings.discount)
    }
    let sizes = Partition.sizes(of: settings.environments, parts: settings.shards)
    firstRows = Partition.starts(of: sizes)
    acting = Executor(
      programs.network, parameters: parameters, rows: sizes, steps: settings.rolloutSteps + 1,
      objectives: programs.heads + pricing.objectives)
    valuing = Executor(programs.network, parameters: parameters, rows: sizes, steps: 1)
    var rollouts: [RolloutShard] = []
    for (index, size) in sizes.enumerated() {
      rollouts.append(
        RolloutShard(
          environment: context.environment.makeBatch(
            count: size, firstRow: firstRows[index], split: .train, key: context.key),
          programs: programs, acting: acting.shards[index], valuing: valuing.shards[index],
          steps: settings.rolloutSteps, firstRow: firstRows[index], discount: settings.discount,
          keepsRawObservations: settings.normalizesObservations, key: context.key))
    }
    self.rollouts = rollouts
    minibatches = MinibatchLearner(
      settings, programs: programs, parameters: parameters, acting: acting, rollouts: rollouts,
      pricing: pricing)
  }

  // MARK: Learning

  /// Plays and learns `rolloutsPerIteration` rollouts.
  public func trainIteration() throws -> [Metric] {
    let stageMetrics = progress.iterations == 0 ? try runStages() : []
    finished.removeAll(keepingCapacity: true)
    minibatches.beginIteration()
    var losses = UpdateStatistics()
    for _ in 0..<settings.rolloutsPerIteration {
      play()
      try checkRollouts()
      for rollout in rollouts { finished += rollout.finished }
      let done = Double(progress.environmentSteps) / Double(settings.steps)
      let rate = settings.learningRate * Float(settings.learningRateSchedule.factor(at: done))
      try minibatches.learn(
        optimizer: optimizer, learningRate: rate, pool: pool, shuffling: &shuffling,
        iteration: progress.iterations + 1, statistics: &losses)
      progress.environmentSteps += settings.environments * settings.rolloutSteps
    }
    progress.iterations += 1
    progress.episodes += finished.count
    let count = Double(finished.count)
    func mean(_ value: (EpisodeReturn) -> Double) -> Double {
      finished.isEmpty ? .nan : finished.reduce(0) { $0 + value($1) } / count
    }
    var metrics = [
      Metric("train/return", mean(\.total)), Metric("train/discountedReturn", mean(\.discounted)),
      Metric("train/length", mean { Double($0.length) }),
    ]
    metrics += finished.trialMetrics(
      "train/return", episodesPerTrial: context.environment.specification.episodesPerTrial)
    for (index, name) in context.environment.specification.counterNames.enumerated() {
      metrics.append(Metric("train/\(name)", mean { Double($0.counters[index]) }))
    }
    return metrics + losses.metrics + stageMetrics
      + SignalMeans.metrics(
        "signal", of: minibatches.pricing.signals, in: rollouts.map(\.acting),
        steps: settings.rolloutSteps)
      + minibatches.metrics(updates: losses.updates)
      + optimizer.rewiringMetrics(of: parameters)
  }

  private func play() {
    acting.prepare()
    valuing.prepare()
    let scale = rewardNormalizer?.scale ?? RewardScale.none
    pool.run(rollouts.count) { index in
      rollouts[index].play(
        estimator: estimator, observations: observationNormalizer, rewards: scale)
    }
    guard observationNormalizer != nil || rewardNormalizer != nil else { return }
    for (index, rollout) in rollouts.enumerated() {
      rollout.observe(
        &observationNormalizer, &rewardNormalizer, firstRow: firstRows[index])
    }
  }

  private var estimator: GeneralizedAdvantage {
    GeneralizedAdvantage(discount: settings.discount, lambda: settings.lambda)
  }

  private func checkRollouts() throws {
    for (index, rollout) in rollouts.enumerated() {
      guard let fault = rollout.fault else { continue }
      throw NumericalError(
        quantity: fault.quantity, iteration: progress.iterations + 1,
        place: "step \(fault.step) of the rollout in environment \(firstRows[index] + fault.row)")
    }
  }

  // MARK: Stages

  private func runStages() throws -> [Metric] {
    guard !settings.stages.isEmpty else { return [] }
    let specification = context.environment.specification
    let key = context.key / "stage"
    let rollout = try playHistories(key: key / "histories")
    let trajectories = RolloutTrajectories(rollout, longest: rollout.steps) {
      [settings] tracer in
      ActorCriticPrograms.traceNetwork(
        settings, specification: specification, isolatesLayers: true, in: tracer)
    }
    return try settings.stages.run(
      StageContext(
        network: settings.network.network, program: programs.network, parameters: parameters,
        weightsPrefix: Self.weightsPrefix, trajectories: trajectories,
        path: JSONPath("agent.stages"), key: key, pool: pool),
      before: optimizer)
  }

  /// Plays from the beginning of trials for as many steps as a rollout has.
  private func playHistories(key: RandomKey) throws -> RolloutShard {
    let environment = context.environment.makeBatch(
      count: RolloutTrajectories.rows, split: .train, key: key)
    let rollout = RolloutShard(
      settings, programs: programs, parameters: parameters, in: environment,
      steps: settings.rolloutSteps, key: key)
    rollout.play(
      estimator: estimator, observations: observationNormalizer,
      rewards: rewardNormalizer?.scale ?? RewardScale.none)
    if let fault = rollout.fault {
      throw NumericalError(
        quantity: fault.quantity, iteration: progress.iterations + 1,
        place: "step \(fault.step) of history \(fault.row) for the stages")
    }
    return rollout
  }

  // MARK: Testing

  /// Plays test episodes with the most likely actions.
  public func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn] {
    let episodesPerTrial = context.environment.specification.episodesPerTrial
    let shares = EpisodeShares.shares(
      of: episodes, episodesPerTrial: episodesPerTrial, limit: 64)
    let firstTrials = EpisodeShares.firstTrials(of: shares, episodesPerTrial: episodesPerTrial)
    var played = shares.map { _ in 0 }
    let rows = shares.count
    let environment = context.environment.makeBatch(count: rows, split: .test, key: key)
    let player = player(in: environment, key: key)
    var returns: [EpisodeReturn] = []
    while returns.count < episodes {
      try player.step()
      var ended = player.rollout.finished.makeIterator()
      for row in 0..<rows where environment.ends[row].isEnd {
        guard var episode = ended.next(), played[row] < shares[row] else { continue }
        episode.trial = firstTrials[row] + played[row] / episodesPerTrial
        played[row] += 1
        returns.append(episode)
      }
    }
    return returns
  }

  /// Begins to play with the most likely actions.
  public func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? { player(in: environment, key: key) }

  private func player(in environment: any VectorEnvironment, key: RandomKey) -> ActorCriticPlayer {
    ActorCriticPlayer(
      settings, programs: programs, parameters: parameters, normalizer: observationNormalizer,
      rewardScale: rewardNormalizer?.scale ?? RewardScale.none, iteration: progress.iterations,
      in: environment, key: key)
  }

  /// Layers, shapes and parameter counts.
  public func describe() -> String { programs.network.summary }

  // MARK: Storage

  /// What the names of parameters begin with in checkpoints.
  private static let weightsPrefix = "network"

  /// Stores everything the future depends on.
  public func save(into archive: inout Archive) throws {
    try archive.store(progress, "progress")
    try archive.store(shuffling, "shuffling")
    try archive.store(observationNormalizer, "observationNormalizer")
    try archive.store(rewardNormalizer, "rewardNormalizer")
    parameters.save(into: &archive, prefix: Self.weightsPrefix)
    optimizer.save(into: &archive, prefix: Self.weightsPrefix)
    for (index, rollout) in rollouts.enumerated() {
      try rollout.save(into: &archive, prefix: "shard\(index)")
    }
  }

  /// Stores the weights and the rollouts.
  public func save(evidenceInto archive: inout Archive) {
    parameters.save(into: &archive, prefix: Self.weightsPrefix)
    archive.store(evidenceOf: rollouts)
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive) throws {
    try restoreLearned(from: archive)
    shuffling = try archive.value("shuffling")
    try optimizer.restore(from: archive, prefix: Self.weightsPrefix)
    for (index, rollout) in rollouts.enumerated() {
      try rollout.restore(from: archive, prefix: "shard\(index)")
    }
  }

  /// Restores the progress, the statistics that normalise, and the weights.
  public func restoreLearned(from archive: Archive) throws {
    progress = try archive.value("progress", completedBy: TrainingProgress())
    observationNormalizer = try archive.value("observationNormalizer")
    rewardNormalizer = try archive.value("rewardNormalizer")
    try parameters.restore(from: archive, prefix: Self.weightsPrefix)
  }
}
