import CKernels
import Glibc
import Tensor

/// A network of stochastic spiking neurons whose synapses learn from reward while it runs (SPORE), in
/// steps of one millisecond.
///
/// ```swift
/// network.inputs.append(3)              // input 3 fires
/// network.advance(reward: 0.5)          // one millisecond
/// for neuron in network.excitatorySpikes { … }
/// ```
///
/// Order of a step: presynaptic filters decay; spikes of `delay` steps ago arrive; neurons fire; the
/// filters receive the new spikes. Synapses are advanced a block of steps at a time, see ``SporeBlock``.
public final class SporeNetwork {
  /// What was asked for.
  public let options: SporeNetworkOptions
  /// The spikes of the inputs: append those of the next step before ``advance(reward:)``.
  public let inputs: SpikeTrain
  /// Output neurons.
  public let outputCount: Int
  /// Milliseconds simulated.
  public private(set) var step = 0

  private let excitatory: SpikeResponsePopulation
  private let inhibitory: SpikeResponsePopulation?
  private let plastic: [PlasticProjection]
  private let fixed: [StaticProjection]
  private let traces: [(traces: SynapticTraces, train: SpikeTrain)]
  private let block: SporeBlock
  private let learns: Bool
  private let pool: ThreadPool?

  /// A network at rest.
  ///
  /// - Parameters:
  ///   - inputs: input neurons.
  ///   - outputs: output neurons, the last ones of the excitatory population.
  ///   - learns: whether synapses are plastic. Where they are not, rewards are ignored.
  ///   - pool: threads for large networks. Results never depend on them.
  ///   - key: names the streams of connections, first parameters and noise.
  ///   - noise: names the streams of noise instead, where two networks of equal structure differ in it.
  public init(
    _ options: SporeNetworkOptions, inputs: Int, outputs: Int, learns: Bool = true,
    pool: ThreadPool? = nil, key: RandomKey, noise: RandomKey? = nil
  ) {
    let noise = noise ?? key
    precondition(inputs > 0 && outputs > 0, "a network needs inputs and outputs")
    self.options = options
    self.learns = learns
    self.pool = pool
    outputCount = outputs
    let block = SporeBlock(options.synapses)
    self.block = block
    let rows = block.capacity
    let delay = options.delay
    self.inputs = SpikeTrain(count: inputs, memory: delay)
    let count = options.hidden + outputs
    excitatory = SpikeResponsePopulation(
      options.neurons, count: count, rows: rows, memory: delay, key: noise / "excitatory")
    let inputTraces = SynapticTraces(options.synapses, count: inputs, steps: rows)
    var traces = [(traces: inputTraces, train: self.inputs)]
    var plastic = [
      PlasticProjection(
        "input", options.synapses, from: self.inputs, traces: inputTraces, to: excitatory,
        targets: options.inputTargets > 0 ? min(count, options.inputTargets) : count,
        connectivity: Connectivity(
          layers: options.parallelSynapses, probability: options.connectionProbability),
        delay: delay, block: block, key: key / "input", noise: noise / "input")
    ]
    if options.hidden > 0 {
      let recurrentTraces = SynapticTraces(
        options.synapses, count: count, steps: rows)
      traces.append((recurrentTraces, excitatory.train))
      plastic.append(
        PlasticProjection(
          "recurrent", options.synapses, from: excitatory.train,
          traces: recurrentTraces, to: excitatory, targets: count,
          connectivity: Connectivity(
            layers: options.parallelSynapses, probability: options.connectionProbability,
            connectsToItself: false),
          delay: delay, block: block, key: key / "recurrent",
          noise: noise / "recurrent"))
    }
    self.traces = traces
    self.plastic = plastic
    guard options.inhibitory > 0 else {
      inhibitory = nil
      fixed = []
      return
    }
    let inhibitory = SpikeResponsePopulation(
      options.inhibitoryNeurons, count: options.inhibitory, rows: rows, memory: delay,
      key: noise / "inhibitory")
    self.inhibitory = inhibitory
    fixed = Self.inhibition(of: excitatory, by: inhibitory, delay: delay, key: key)
  }

  /// The fixed connections of the published demonstrations.
  private static func inhibition(
    of excitatory: SpikeResponsePopulation, by inhibitory: SpikeResponsePopulation, delay: Int,
    key: RandomKey
  ) -> [StaticProjection] {
    [
      StaticProjection(
        from: excitatory.train, to: inhibitory,
        weights: .init(probability: 0.575, mean: 0.5, deviation: 0.1), connectsToItself: true,
        delay: delay, key: key / "excitatoryToInhibitory"),
      StaticProjection(
        from: inhibitory.train, to: excitatory,
        weights: .init(probability: 0.6, mean: -1, deviation: 0.2), connectsToItself: true,
        delay: delay, key: key / "inhibitoryToExcitatory"),
      StaticProjection(
        from: inhibitory.train, to: inhibitory,
        weights: .init(probability: 0.55, mean: -1, deviation: 0.2), connectsToItself: false,
        delay: delay, key: key / "inhibitoryToInhibitory"),
    ]
  }

  // MARK: Running

  /// Simulates one millisecond in which the reward is `reward`.
  public func advance(reward: Float) {
    let row = learns ? block.count : 0
    for projection in plastic { projection.deliver() }
    for projection in fixed { projection.deliver() }
    excitatory.advance(step: step, row: row)
    inhibitory?.advance(step: step, row: row)
    if learns {
      for (traces, train) in traces { traces.add(train.spikes(ago: 0), step: row) }
    }
    inputs.endStep()
    excitatory.train.endStep()
    inhibitory?.train.endStep()
    step += 1
    guard learns else { return }
    block.append(reward: reward)
    let endsInterval = step % options.synapses.interval == 0
    if endsInterval || block.isFull {
      finishBlock(update: endsInterval ? step / options.synapses.interval : nil)
    }
  }

  /// Advances the synapses to the present. Where it is called decides how sums are rounded, so call it at
  /// moments that do not depend on when a run was interrupted.
  public func finishBlock() { finishBlock(update: nil) }

  /// Advances the synapses, and moves θ where an interval ends, the `update`-th one.
  private func finishBlock(update: Int?) {
    guard block.count > 0 else { return }
    block.finish(directRate: learningRate * options.synapses.eligibilityRate)
    for (traces, _) in traces { traces.finishBlock(steps: block.count) }
    for projection in plastic {
      projection.advance(block, learningRate: learningRate, update: update, pool: pool)
    }
    block.clear()
    for (traces, _) in traces { traces.beginBlock() }
  }

  /// β at present, per millisecond.
  public var learningRate: Double {
    let synapses = options.synapses
    return synapses.learningRate * exp(-synapses.learningRateDecay * Double(step) * 1e-3)
  }

  /// The excitatory neurons that fired in the last step; outputs begin at ``SporeNetworkOptions/hidden``.
  public var excitatorySpikes: UnsafeBufferPointer<Int32> { excitatory.train.spikes(ago: 1) }

  // MARK: Looking

  /// The plastic synapses of each projection, by its name.
  public var synapses: [(projection: String, synapses: [SporeSynapse])] {
    plastic.map { ($0.name, $0.synapses) }
  }

  /// Replaces all θ of a projection, in the order of ``synapses``.
  public func setParameters(_ parameters: [Double], of projection: String) {
    plastic.first { $0.name == projection }?.setParameters(parameters)
  }

  /// Sums over all plastic synapses.
  public var statistics: SporeStatistics {
    plastic.reduce(into: SporeStatistics()) { $0 += $1.statistics }
  }

  /// The name of a projection whose sums are not finite; nil where all is well.
  public var faultyProjection: String? {
    plastic.first { projection in
      let sums = projection.statistics
      return !(sums.parameter + sums.weight + sums.gradient).isFinite
    }?.name
  }

  /// The thresholds of the excitatory neurons.
  public var thresholds: [Double] { excitatory.thresholds }

  /// The fixed weight between two neurons, 0 where they are not connected; for tests.
  ///
  /// - Parameter projection: 0 from excitation to inhibition, 1 back, 2 among inhibitory neurons.
  public func fixedWeight(projection: Int, from source: Int, to target: Int) -> Float {
    fixed[projection].weight(from: source, to: target)
  }

  /// Takes over what an equal network has learned: θ, weights and thresholds.
  public func copyParameters(from other: SporeNetwork) {
    for (projection, source) in zip(plastic, other.plastic) {
      projection.copyParameters(from: source)
    }
    excitatory.copyThresholds(from: other.excitatory)
    if let inhibitory, let source = other.inhibitory { inhibitory.copyThresholds(from: source) }
  }

  // MARK: Storage

  /// Stores everything the future depends on; a block must not be open.
  public func save(into archive: inout Archive, prefix: String) throws {
    precondition(block.count == 0, "finish the block before the network is stored")
    try archive.store(step, prefix + "/step")
    try inputs.save(into: &archive, prefix: prefix + "/inputs")
    try excitatory.save(into: &archive, prefix: prefix + "/excitatory")
    try inhibitory?.save(into: &archive, prefix: prefix + "/inhibitory")
    for (index, item) in traces.enumerated() {
      item.traces.save(into: &archive, prefix: prefix + "/traces\(index)")
    }
    for projection in plastic {
      projection.save(into: &archive, prefix: prefix + "/" + projection.name)
    }
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive, prefix: String) throws {
    let stored = try archive.value(prefix + "/step", as: Int.self)
    guard stored >= 0 else {
      throw ArchiveError(name: prefix + "/step", reason: "is negative")
    }
    step = stored
    try inputs.restore(from: archive, prefix: prefix + "/inputs")
    try excitatory.restore(from: archive, prefix: prefix + "/excitatory")
    try inhibitory?.restore(from: archive, prefix: prefix + "/inhibitory")
    for (index, item) in traces.enumerated() {
      try item.traces.restore(from: archive, prefix: prefix + "/traces\(index)")
    }
    for projection in plastic {
      try projection.restore(from: archive, prefix: prefix + "/" + projection.name)
    }
    block.clear()
  }
}
