import CKernels
import Configuration
import Envs
import NeuroMod
import Tensor

/// Reward-based synaptic sampling in a closed loop with an environment (SPORE).
///
/// One network lives in one environment and learns in every millisecond, without episodes, replay or
/// back-propagation. An iteration is a stretch of simulated time.
///
/// Source: J. Kaiser et al., "Embodied synaptic plasticity with online reinforcement learning",
/// Frontiers in Neurorobotics 13:81, 2019.
public final class SporeAgent: AgentTrainer {
  /// The options.
  public let options: SporeOptions
  /// How far the training has come. Environment steps are control steps.
  public private(set) var progress = TrainingProgress()
  /// Iterations of the whole training.
  public let totalIterations: Int
  /// What the learning curve shows.
  public var headlineMetric: String { "train/reward" }

  let context: TrainerContext
  let shape: SporeLoop.Shape
  let loop: SporeLoop
  private let pool: ThreadPool
  private let stepsPerIteration: Int
  /// The counters of the environment when the iteration began.
  private var counted: [Float]
  /// Control steps of the episode so far.
  private var episodeSteps = 0

  /// An agent at the beginning of its training.
  ///
  /// - Throws: `ConfigurationError` where the options do not fit the environment.
  public init(_ options: SporeOptions, context: TrainerContext) throws {
    let specification = context.environment.specification
    shape = try SporeLoop.Shape(options, environment: specification)
    self.options = options
    self.context = context
    pool = ThreadPool(threads: context.threads)
    let seconds = Double(shape.ticks) * 1e-3
    stepsPerIteration = max(1, Int((options.secondsPerIteration / seconds).rounded()))
    let steps = Int((options.hours * 3600 / seconds).rounded())
    totalIterations = max(1, (steps + stepsPerIteration - 1) / stepsPerIteration)
    counted = specification.counterNames.map { _ in 0 }
    loop = SporeLoop(
      options, shape: shape, environment: context.environment.makeBatch(count: 1, key: context.key),
      learns: true, pool: pool, structure: context.key / "network", key: context.key / "loop")
  }

  // MARK: Learning

  /// Lives for `secondsPerIteration`.
  public func trainIteration() throws -> [Metric] {
    let names = context.environment.specification.counterNames
    var counts = names.map { _ in 0.0 }
    var (reward, spikes) = (0.0, 0.0)
    var endedSteps: [Int] = []
    let mode = metarl_flush_subnormals()
    for _ in 0..<stepsPerIteration {
      let outcome = loop.advance()
      reward += Double(outcome.reward)
      spikes += Double(outcome.outputSpikes)
      episodeSteps += 1
      guard loop.environment.ends[0].isEnd else { continue }
      progress.episodes += 1
      endedSteps.append(episodeSteps)
      episodeSteps = 0
      collect(&counts)
      for index in counted.indices { counted[index] = 0 }
    }
    loop.network.finishBlock()
    metarl_restore_subnormals(mode)
    if !loop.environment.ends[0].isEnd { collect(&counts) }
    progress.iterations += 1
    progress.environmentSteps += stepsPerIteration
    progress.simulatedSeconds = Double(progress.environmentSteps * shape.ticks) / 1000
    if let projection = loop.network.faultyProjection {
      throw NumericalError(
        quantity: "the sum over the \(projection) synapses", iteration: progress.iterations)
    }
    let minutes = Double(stepsPerIteration * shape.ticks) / 60_000
    var metrics = [Metric("train/reward", reward / Double(stepsPerIteration))]
    if !endedSteps.isEmpty {
      let seconds = Double(endedSteps.reduce(0, +) * shape.ticks) / 1000
      metrics.append(Metric("train/episodeSeconds", seconds / Double(endedSteps.count)))
    }
    return metrics + zip(names, counts).map { Metric("train/\($0)PerMinute", $1 / minutes) }
      + networkMetrics(rate: spikes / Double(shape.outputs) / minutes / 60)
  }

  /// Adds what the environment has counted since the last call in this episode.
  private func collect(_ counts: inout [Double]) {
    for index in counted.indices {
      let now = loop.environment.counters[index]
      counts[index] += Double(now - counted[index])
      counted[index] = now
    }
  }

  private func networkMetrics(rate: Double) -> [Metric] {
    let sums = loop.network.statistics
    let synapses = Double(sums.synapses)
    return [
      Metric("network/outputRate", rate),
      Metric("network/activeSynapses", Double(sums.active) / synapses),
      Metric("network/parameter", sums.parameter / synapses),
      Metric("network/weight", sums.active > 0 ? sums.weight / Double(sums.active) : .nan),
      Metric("network/gradient", sums.gradient / synapses),
      Metric("network/learningRate", loop.network.learningRate),
    ]
  }

  // MARK: Testing

  /// Plays test episodes with the weights as they are. Thresholds, which belong to the neurons, go on
  /// adapting.
  ///
  /// - Throws: ``NumericalError`` for a reward that is not finite.
  public func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn] {
    var results: [Result<EpisodeReturn, NumericalError>?] = Array(repeating: nil, count: episodes)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      pool.run(episodes) { episode in
        results[episode] = Result { () throws(NumericalError) in try play(episode, key: key) }
      }
    }
    return try results.compactMap { try $0?.get() }
  }

  private func play(_ episode: Int, key: RandomKey) throws(NumericalError) -> EpisodeReturn {
    let environment = context.environment.makeBatch(
      count: 1, firstRow: episode, split: .test, key: key)
    let played = loop(playingIn: environment, key: key / "loop" / episode)
    let mode = metarl_flush_subnormals()
    defer { metarl_restore_subnormals(mode) }
    var (total, length) = (0.0, 0)
    repeat {
      total += Double(try played.advanceInTest(iteration: progress.iterations).reward)
      length += 1
    } while !environment.ends[0].isEnd
    let names = context.environment.specification.counterNames
    return EpisodeReturn(
      total: total, discounted: total, length: length,
      counters: names.indices.map { environment.counters[$0] })
  }

  /// Begins to play with the weights as they are.
  public func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? {
    SporePlayer(
      loop(playingIn: environment, key: key / "loop"), camera: shape.camera,
      iteration: progress.iterations)
  }

  /// A network has one body.
  public var largestPlayedBatch: Int { 1 }

  private func loop(playingIn environment: any VectorEnvironment, key: RandomKey) -> SporeLoop {
    let played = SporeLoop(
      options, shape: shape, environment: environment, learns: false, pool: nil,
      structure: context.key / "network", key: key)
    played.network.copyParameters(from: loop.network)
    return played
  }

  /// Neurons and synapses.
  public func describe() -> String {
    let network = options.network
    let plastic = loop.network.synapses.map { "\($0.synapses.count) from \($0.projection)" }
    return """
      spiking network: \(shape.inputs) inputs, \(network.hidden) hidden and \(shape.outputs) output \
      neurons, \(network.inhibitory) inhibitory
      plastic synapses: \(plastic.joined(separator: ", "))
      a control step is \(shape.ticks) ms, an iteration \(stepsPerIteration) control steps
      """
  }

  // MARK: Storage

  /// Stores everything the future depends on.
  public func save(into archive: inout Archive) throws {
    try archive.store(progress, "progress")
    try archive.store(counted, "counted")
    try archive.store(episodeSteps, "episodeSteps")
    try loop.save(into: &archive)
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive) throws {
    progress = try archive.value("progress")
    let stored = try archive.value("counted", as: [Float].self)
    guard stored.count == counted.count else {
      throw ArchiveError(name: "counted", reason: "does not hold \(counted.count) counters")
    }
    counted = stored
    episodeSteps = try archive.value("episodeSteps")
    try loop.restore(from: archive)
  }

  /// Restores the progress and the network.
  public func restoreLearned(from archive: Archive) throws {
    progress = try archive.value("progress")
    try loop.network.restore(from: archive, prefix: SporeLoop.networkPrefix)
  }
}
