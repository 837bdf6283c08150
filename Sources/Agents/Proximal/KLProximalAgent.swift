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
/// There is neither clipping of the ratio nor an entropy bonus. Actor and critic are separate networks
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
  private let policyOptimizer: Optimizer
  private var servo: DivergenceServo
  let pool: ThreadPool
  private let acting: Executor
  private let values: Executor
  private let learning: Executor
  private let measuring: Executor
  private let batches: [EpisodeBatch]
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
      logVarianceOffset: options.logVarianceOffset, divergenceTarget: options.divergenceTarget)
    for program in [programs.acting, programs.value] {
      try program.requireReasonableSize(at: JSONPath("agent.network"))
    }
    policyParameters = ParameterStore(
      programs.acting.parameters, key: context.key / "parameters" / "policy")
    let valueParameters = ParameterStore(
      programs.value.parameters, key: context.key / "parameters" / "value")
    policyOptimizer = Optimizer(.adam(), count: policyParameters.layout.count)
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
      steps: options.window, objectives: [Port.surrogate, Port.divergence, Port.excess])
    critic = Critic(
      program: programs.valueLoss, parameters: valueParameters, minibatch: options.valueMinibatch,
      window: options.window, shards: options.shards, key: context.key)
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
    let valueError = try critic.learn(
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
    return metrics + policy + [Metric("value/loss", valueError)] + stageMetrics
  }

  /// The part of step sizes and divergence target that this iteration uses. The last one still learns.
  private var schedule: Double {
    options.learningRateSchedule.factor(
      at: Double(progress.iterations) / Double(totalIterations))
  }

  /// Updates in a row that may fail before the training is given up.
  private static let toleratedFailures = 10

  private func updatePolicy() throws -> [Metric] {
    let before = policyParameters.array
    let optimizerBefore = policyOptimizer.snapshot()
    loadPolicyData()
    let count = Float(learned * options.episodesPerIteration)
    let weights = [
      (Port.surrogate, -1 / count), (Port.divergence, Float(servo.weight) / count),
      (Port.excess, Float(options.excessWeight) / count),
    ]
    for shard in learning.shards {
      for (name, weight) in weights {
        shard.cotangent(name).update(repeating: weight, count: options.window * shard.rows)
      }
    }
    var norm = 0.0
    var failure: NumericalError?
    for _ in 0..<options.policyEpochs {
      learning.prepare()
      pool.run(learning.shards.count) { index in
        learning.shards[index].forward(0..<options.window)
        learning.shards[index].backward(options.window)
      }
      let gradient = learning.reduceGradients()
      norm = Optimizer.norm(gradient, count: policyParameters.layout.count)
      guard norm.isFinite else {
        failure = NumericalError(
          "policy gradient", gradient, of: policyParameters, iteration: progress.iterations + 1)
        break
      }
      policyOptimizer.update(
        policyParameters, gradient: gradient,
        learningRate: options.policyLearningRate * Float(servo.rateFactor * schedule),
        scale: options.gradientNormLimit > 0
          ? Optimizer.clippingScale(norm: norm, limit: options.gradientNormLimit) : 1)
    }
    let divergence = norm.isFinite ? measureDivergence() : .nan
    let verdict = servo.observe(divergence, scale: schedule)
    if verdict == .rollBack {
      policyParameters.assign(before)
      policyOptimizer.restore(optimizerBefore)
    }
    // A single failure is undone, as published; a lasting one would be undone for ever.
    if servo.failures >= Self.toleratedFailures {
      throw failure
        ?? NumericalError(quantity: "policy divergence", iteration: progress.iterations + 1)
    }
    return [
      Metric("policy/divergence", divergence), Metric("policy/divergenceWeight", servo.weight),
      Metric("policy/rateFactor", servo.rateFactor),
      Metric("policy/rolledBack", verdict == .rollBack ? 1 : 0),
      Metric("policy/gradientNorm", norm), Metric("policy/meanLogVariance", meanLogVariance()),
    ]
  }

  /// Cuts the learned steps into windows, which become rows of the learning executor, and hands the
  /// old policy's means and variances to both executors that need them.
  private func loadPolicyData() {
    pool.run(batches.count) { index in
      let batch = batches[index]
      let (source, target) = (batch.acting, learning.shards[index])
      for (place, first) in stride(from: 0, to: learned, by: options.window).enumerated() {
        let row = place * batch.rows
        for name in Rollout.inputNames {
          source.copyInput(name, from: first, steps: options.window, to: target, row: row)
        }
        let start = first * batch.rows
        let sequences: [(UnsafePointer<Float>, Int, String)] = [
          (UnsafePointer(batch.actions.pointer), batch.actionSize, Port.action),
          (UnsafePointer(batch.advantages.pointer), 1, Port.advantage),
          (source.output(Port.mean), batch.actionSize, Port.oldMean),
          (source.output(Port.logVariance), batch.actionSize, Port.oldLogVariance),
        ]
        for (numbers, width, name) in sequences {
          source.copy(
            numbers + start * width, steps: options.window, width: width, to: target, name, row: row
          )
        }
        for (state, width) in source.stateWidths.enumerated() {
          (target.state(state) + row * width).update(
            from: source.state(state, step: first), count: batch.rows * width)
        }
      }
      let measured = measuring.shards[index]
      for name in Rollout.inputNames { source.copyInput(name, to: measured, steps: learned) }
      source.copy(
        source.output(Port.mean), steps: learned, width: batch.actionSize, to: measured,
        Port.oldMean, row: 0)
      source.copy(
        source.output(Port.logVariance), steps: learned, width: batch.actionSize, to: measured,
        Port.oldLogVariance, row: 0)
    }
  }

  /// The mean divergence of the updated policy from the one that played, by a full unroll.
  private func measureDivergence() -> Double {
    measuring.prepare()
    pool.run(measuring.shards.count) { index in
      measuring.shards[index].resetStates()
      measuring.shards[index].forward(0..<learned)
    }
    var sum = 0.0
    for shard in measuring.shards {
      let divergence = shard.output(Port.divergence)
      for i in 0..<learned * shard.rows { sum += Double(divergence[i]) }
    }
    return sum / Double(learned * options.episodesPerIteration)
  }

  private func meanLogVariance() -> Double {
    var (sum, count) = (0.0, 0)
    for batch in batches {
      let numbers = batch.acting.output(Port.logVariance)
      count += learned * batch.rows * batch.actionSize
      for i in 0..<learned * batch.rows * batch.actionSize { sum += Double(numbers[i]) }
    }
    return sum / Double(count)
  }

  // MARK: Testing

  /// Plays test episodes with samples of the policy, as in training.
  public func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn] {
    var returns: [EpisodeReturn] = []
    while returns.count < episodes {
      let rows = min(options.episodesPerIteration, episodes - returns.count)
      let sizes = Partition.sizes(of: rows, parts: min(options.shards, rows))
      returns += playEpisodes(
        sizes: sizes, firstRow: returns.count, split: .test, key: key
      ).flatMap(\.returns)
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
      program: programs.recording, parameters: policyParameters, in: environment, key: key)
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
}
