import Autodiff
import Configuration
import NeuroMod
import Sequences
import Tensor

/// Learns a task on sequences by backpropagation through whole sequences.
///
/// ```
/// L = Σ w l / Σ w + Σ penalties
/// ```
///
/// over all answers of a batch with their weights w and losses l. The loss is judged outside the
/// program of the network; its derivative, and those of penalties on the means of signals, which couple
/// the whole batch, are handed in.
public final class SequenceTrainer: Trainer {
  /// The options.
  public let options: SequenceTrainerOptions
  /// How far the training has come.
  public private(set) var progress = TrainingProgress()
  /// Iterations of the whole training.
  public let totalIterations: Int

  private let context: LearnerContext
  private let specification: SequenceSpecification
  private let program: Program
  private let parameters: ParameterStore
  private let optimizer: any ParameterUpdater
  private let dropConnect: DropConnect?
  private let pool: ThreadPool
  private let executor: Executor
  private let shards: [SequenceShard]
  private let evaluator: SequenceEvaluator
  private let totalUpdates: Int
  private let updatesPerIteration: Int
  private var order: ExampleOrder
  private var selection = WeightSelection()
  private var prices: SignalPrices
  /// The means of signals over the last batch.
  private var means: SignalMeans

  /// A network at the beginning of its training.
  ///
  /// - Throws: `ConfigurationError` where the options do not fit the task.
  public init(_ options: SequenceTrainerOptions, context: LearnerContext) throws {
    self.options = options
    self.context = context
    let specification = context.task.specification
    self.specification = specification
    let order = ExampleOrder(
      count: specification.examples[.training], batch: options.batch, key: context.key)
    (totalUpdates, updatesPerIteration) = try Self.budget(options, order: order)
    totalIterations = (totalUpdates + updatesPerIteration - 1) / updatesPerIteration
    self.order = order
    try Self.checkValidation(options, examples: specification.examples)

    program = Program { tracer in
      TaskProgram.trace(
        options.network.network, specification, recordsSignals: !options.penalties.isEmpty,
        in: tracer)
    }
    try program.requireReasonableSize(at: JSONPath("learner.network"))
    let prices = try SignalPrices(
      options.penalties, in: program, apartFrom: [TaskProgram.outputPort],
      at: JSONPath("learner.penalties"))
    self.prices = prices
    means = SignalMeans(prices.signals)
    parameters = ParameterStore(program.parameters, key: context.key / "parameters")
    optimizer = try options.rewiring.updater(
      around: Optimizer(options.optimizer.optimizerRule, count: parameters.layout.count),
      of: parameters, key: context.key / "rewiring", at: JSONPath("learner.rewiring"))
    dropConnect = DropConnect(parameters)
    pool = ThreadPool(threads: min(context.threads, options.shards))
    let rows = Partition.sizes(of: options.batch, parts: options.shards)
    executor = Executor(
      program, parameters: parameters, rows: rows, steps: specification.steps,
      objectives: [TaskProgram.outputPort] + prices.objectives, totals: prices.signals.map(\.name),
      segmentSteps: options.segmentSteps == 0 ? nil : options.segmentSteps, keepsStates: false)
    shards = zip(executor.shards, Partition.starts(of: rows)).map { shard, firstRow in
      SequenceShard(
        shard, firstRow: firstRow, specification: specification, signals: prices.signals)
    }
    evaluator = SequenceEvaluator(
      program, key: context.key, task: context.task,
      rows: Partition.sizes(
        of: options.testBatch == 0 ? options.batch : options.testBatch, parts: options.shards),
      carriesState: options.carriesState)
  }

  /// Numbers in memory that grow with batches and sequences: of the network while it learns, and of
  /// the network and its examples while it is tested.
  package var memorySize: Int {
    shards.reduce(evaluator.memorySize) { $0 + $1.network.memorySize }
  }

  /// Updates of the training and of an iteration.
  private static func budget(
    _ options: SequenceTrainerOptions, order: ExampleOrder
  ) throws -> (total: Int, perIteration: Int) {
    let needsEpochs = options.epochs > 0 || options.updatesPerIteration == 0
    guard let updatesPerEpoch = order.updatesPerEpoch else {
      guard !needsEpochs else {
        throw ConfigurationError(
          JSONPath(options.epochs > 0 ? "learner.epochs" : "learner.updatesPerIteration"),
          "there is no pass over examples that are new every time",
          remedy: "Set task.examples.training, or count updates.")
      }
      return (options.updates, options.updatesPerIteration)
    }
    guard updatesPerEpoch > 0 else {
      throw ConfigurationError(
        JSONPath("learner.batch"), "\(options.batch) sequences are more than the training examples",
        remedy: "Use a smaller batch or more training examples.")
    }
    return (
      options.epochs > 0 ? options.epochs * updatesPerEpoch : options.updates,
      options.updatesPerIteration == 0 ? updatesPerEpoch : options.updatesPerIteration
    )
  }

  private static func checkValidation(
    _ options: SequenceTrainerOptions, examples: ExampleCounts
  ) throws {
    let stopping = options.stopping
    guard examples.validation == 0 else { return }
    guard !options.keepsBest, stopping.patience == 0, stopping.goalIterations == 0 else {
      throw ConfigurationError(
        JSONPath("task.examples.validation"),
        "is 0, and keepsBest and stopping go by the validation loss",
        remedy: "Ask for validation examples.")
    }
  }

  /// What the learning curve shows: accuracy where there is one, else the loss.
  public var headlineMetric: String {
    let split = specification.examples.validation > 0 ? "validation" : "train"
    return "\(split)/\(specification.loss.hasAccuracy ? "accuracy" : "loss")"
  }

  /// Whether the headline metric is the loss.
  public var lowerIsBetter: Bool { !specification.loss.hasAccuracy }

  /// Whether all updates are made, or the validation says that it is enough.
  public var isFinished: Bool {
    progress.updates >= totalUpdates
      || selection.isEnough(options.stopping, lowerIsBetter: lowerIsBetter)
  }

  // MARK: Learning

  /// Makes the updates of an iteration, then validates.
  public func trainIteration() throws -> [Metric] {
    var metrics: [Metric] = []
    if progress.iterations == 0 {
      metrics = try options.stages.run(
        stageContext(at: JSONPath("learner.stages"), key: context.key / "stage"),
        before: optimizer)
    }
    let count = min(updatesPerIteration, totalUpdates - progress.updates)
    var statistics = UpdateMeans()
    for _ in 0..<count { try update(&statistics) }
    progress.iterations += 1
    metrics = Self.metrics("train", statistics.score, specification.loss) + metrics
    metrics += try validate()
    metrics += means.metrics("signal")
    if !prices.objectives.isEmpty {
      metrics.append(Metric("train/penalty", statistics.meanPenalty))
    }
    metrics += sparsityMetrics(updates: count)
    metrics += try options.variability.metrics(
      afterIteration: progress.iterations,
      in: stageContext(at: JSONPath("learner.variability"), key: context.key / "variability"),
      shards: options.shards)
    metrics.append(Metric("update/gradientNorm", statistics.meanGradientNorm))
    metrics.append(Metric("update/learningRate", Double(statistics.learningRate)))
    if options.skipsNonFiniteGradients {
      metrics.append(Metric("update/skipped", Double(statistics.skipped)))
    }
    return metrics
  }

  /// The multiply–adds of the iteration's updates, for networks of spikes, of events or of few
  /// connections, and what deep rewiring did.
  private func sparsityMetrics(updates: Int) -> [Metric] {
    let steps = updates * options.batch * specification.steps
    return executor.takeOperationMetrics(of: program, forwardSteps: steps, backwardSteps: steps)
      + optimizer.rewiringMetrics(of: parameters)
  }

  /// What stages and measurements work on: the network as it is, and the training examples.
  private func stageContext(at path: JSONPath, key: RandomKey) -> StageContext {
    StageContext(
      network: options.network.network, program: program, parameters: parameters,
      trajectories: TaskTrajectories(
        task: context.task, network: options.network.network, key: context.key),
      path: path, key: key, pool: pool)
  }

  private func update(_ statistics: inout UpdateMeans) throws {
    let update = progress.updates
    order.prepare(update: update)
    let noise = context.key / "noise" / update
    dropConnect?.drop(noise)
    executor.prepare()
    pool.run(shards.count) { index in
      let shard = shards[index]
      if options.carriesState {
        if update > 0 {
          shard.carryStates(resetsBroken: options.skipsNonFiniteGradients)
        } else {
          shard.network.resetStates()
        }
      }
      shard.forward(context.task, noise: noise) { row in
        order.request(update: update, row: row)
      }
    }
    means.clear()
    for shard in shards { means.add(shard.means) }
    let penalty = prices.price(means)
    let weight = shards.reduce(0) { $0 + $1.totalWeight }
    let scale = weight > 0 ? Float(1 / weight) : 0
    pool.run(shards.count) { shards[$0].backward(scale: scale, prices: prices) }
    let score = shards.reduce(into: ExampleScore()) { $0 += $1.totalScore }
    let rate = options.optimizer.rate(after: update, of: totalUpdates)
    let gradient = executor.reduceGradients()
    dropConnect?.restore(gradient: gradient)
    let norm = Optimizer.norm(gradient, count: parameters.layout.count)
    if norm.isFinite && score.loss.isFinite {
      let limit = options.gradientNormLimit
      let remaining =
        clip(gradient) ? Optimizer.norm(gradient, count: parameters.layout.count) : norm
      optimizer.update(
        parameters, gradient: gradient, learningRate: rate,
        scale: limit > 0 ? Optimizer.clippingScale(norm: remaining, limit: limit) : 1)
      statistics.add(score, penalty: penalty, gradientNorm: norm, learningRate: rate)
    } else if options.skipsNonFiniteGradients {
      statistics.skipped += 1
    } else {
      throw notFinite(score, gradient)
    }
    progress.updates += 1
    progress.examples += options.batch
  }

  private func notFinite(
    _ score: ExampleScore, _ gradient: UnsafePointer<Float>
  ) -> NumericalError {
    let (iteration, place) = (progress.iterations + 1, "update \(progress.updates + 1)")
    guard score.loss.isFinite else {
      return NumericalError(quantity: "training loss", iteration: iteration, place: place)
    }
    return NumericalError("gradient", gradient, of: parameters, iteration: iteration, place: place)
  }

  /// Clips each number of a gradient, where that is asked for.
  ///
  /// - Returns: whether it is.
  private func clip(_ gradient: UnsafeMutablePointer<Float>) -> Bool {
    let limit = options.gradientLimit
    guard limit > 0 else { return false }
    for index in 0..<parameters.layout.count {
      gradient[index] = min(max(gradient[index], -limit), limit)
    }
    return true
  }

  // MARK: Judging

  private static func metrics(
    _ prefix: String, _ score: ExampleScore, _ loss: SequenceLoss.Kind
  ) -> [Metric] {
    [Metric("\(prefix)/loss", score.meanLoss)]
      + (loss.hasAccuracy ? [Metric("\(prefix)/accuracy", score.accuracy)] : [])
  }

  private func validate() throws -> [Metric] {
    let count = specification.examples.validation
    guard count > 0 else { return [] }
    let result = evaluator.evaluate(
      parameters.array, on: .validation, count: count, key: context.key, pool: pool)
    let score = result.scores.reduce(into: ExampleScore()) { $0 += $1 }
    guard score.loss.isFinite else {
      throw NumericalError(quantity: "validation loss", iteration: progress.iterations)
    }
    selection.observe(
      loss: score.meanLoss, headline: lowerIsBetter ? score.meanLoss : score.accuracy,
      stopping: options.stopping, weights: options.keepsBest ? parameters : nil)
    return Self.metrics("validation", score, specification.loss)
      + result.activity.metrics("validation")
  }

  /// Tests the network, with its best weights where those are kept.
  public func test(count: Int, key: RandomKey) throws -> TestResult {
    let result = evaluator.evaluate(
      selection.bestWeights ?? parameters.array, on: .test, count: count, key: key, pool: pool)
    guard result.scores.allSatisfy(\.loss.isFinite) else {
      throw NumericalError(quantity: "test loss", iteration: progress.iterations)
    }
    return .examples(result.scores, specification.loss, activity: result.activity.metrics())
  }

  /// Layers, shapes and parameter counts.
  public func describe() -> String { program.summary }

  /// Stored experiments have a value for every option, so that a number of updates beside epochs is no error;
  /// one that is not the default was meant to have an effect.
  public var remarks: [String] {
    guard options.epochs > 0, options.updates != SequenceTrainerOptions().updates else { return [] }
    return [
      "learner.updates = \(options.updates) has no effect beside learner.epochs = \(options.epochs); "
        + "set learner.epochs to 0 to count updates."
    ]
  }

  // MARK: Storage

  /// Stores everything the future depends on.
  public func save(into archive: inout Archive) throws {
    try archive.store(progress, "progress")
    try selection.save(into: &archive, parameters: parameters)
    parameters.save(into: &archive, prefix: TaskProgram.weightsPrefix)
    optimizer.save(into: &archive, prefix: TaskProgram.weightsPrefix)
    guard options.carriesState else { return }
    for (index, shard) in shards.enumerated() {
      shard.saveStates(into: &archive, prefix: "shard\(index)")
    }
  }

  /// Stores the weights, and the inputs of the batch, `[steps × rows × width]` of each shard.
  public func save(evidenceInto archive: inout Archive) {
    parameters.save(into: &archive, prefix: TaskProgram.weightsPrefix)
    for (index, shard) in shards.enumerated() {
      let shape = [specification.steps, shard.network.rows, specification.inputWidth]
      let inputs = UnsafeBufferPointer(
        start: shard.network.input(TaskProgram.inputPort), count: shape.reduce(1, *))
      archive.store(
        ArchivedTensor(Array(inputs), shape: shape), "shard\(index)/inputs", in: .state)
    }
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive) throws {
    progress = try archive.value("progress")
    selection = try WeightSelection(from: archive, parameters: parameters)
    try parameters.restore(from: archive, prefix: TaskProgram.weightsPrefix)
    try optimizer.restore(from: archive, prefix: TaskProgram.weightsPrefix)
    guard options.carriesState else { return }
    for (index, shard) in shards.enumerated() {
      try shard.restoreStates(from: archive, prefix: "shard\(index)")
    }
  }
}
