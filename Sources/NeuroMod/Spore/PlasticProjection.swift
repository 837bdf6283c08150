import CKernels
import Glibc
import Tensor

/// Which synapses a projection has.
struct Connectivity {
  /// Synapses that a pair of neurons can have side by side.
  var layers = 1
  /// How likely each of them is.
  var probability = 1.0
  /// Whether a neuron may reach itself; only where source and target are the same population.
  var connectsToItself = true
}

/// Plastic synapses (``SporeSynapseOptions``) from a spike train to the first neurons of a population.
///
/// Structure of arrays: number `(source · layers + layer) · stride + target` of each array belongs to one
/// synapse, or to none, where its θ is `METARL_SPORE_ABSENT`. Update k of synapse i uses number i of row
/// k of the normal numbers of `noise / "noise"`.
final class PlasticProjection {
  let name: String
  let options: SporeSynapseOptions
  let source: SpikeTrain
  let traces: SynapticTraces
  let target: SpikeResponsePopulation
  /// Neurons reached, the first ones of the population.
  let targets: Int
  let layers: Int
  private let stride: Int
  private let delay: Int
  /// θ, as a number and what rounding took from it.
  private let theta, rest: FloatBuffer
  private let weight, eligibility, gradient: FloatBuffer
  /// `[source × stride]`: weights of pairs, summed over layers; the weights themselves where there is
  /// one layer.
  private let pairWeight: FloatBuffer
  /// What jumps of presynaptic filters add, by the step of the block.
  private let jumpFactors, spikeFactors: FloatBuffer
  private let noiseKey, gradientNoiseKey: UInt64

  init(
    _ name: String, _ options: SporeSynapseOptions, from source: SpikeTrain,
    traces: SynapticTraces, to target: SpikeResponsePopulation, targets: Int,
    connectivity: Connectivity, delay: Int, block: SporeBlock, key: RandomKey,
    noise: RandomKey
  ) {
    self.name = name
    self.options = options
    self.source = source
    self.traces = traces
    self.target = target
    self.targets = targets
    self.delay = delay
    layers = connectivity.layers
    stride = SpikeResponsePopulation.stride(of: targets)
    let group = 64
    let count = (source.count * layers * stride + group - 1) / group * group
    theta = FloatBuffer(count: count)
    rest = FloatBuffer(count: count)
    weight = FloatBuffer(count: count)
    eligibility = FloatBuffer(count: count)
    gradient = FloatBuffer(count: count)
    pairWeight = layers == 1 ? weight : FloatBuffer(count: source.count * stride)
    let rows = (block.capacity + 1) * block.products
    jumpFactors = FloatBuffer(count: rows * 2 * stride)
    spikeFactors = FloatBuffer(count: rows * stride)
    noiseKey = (noise / "noise").bits
    gradientNoiseKey = (noise / "gradientNoise").bits
    place(connectivity, key: key)
    computeWeights()
  }

  /// Draws which synapses there are and their first θ.
  private func place(_ connectivity: Connectivity, key: RandomKey) {
    theta.pointer.update(repeating: METARL_SPORE_ABSENT, count: theta.count)
    var stream = (key / "connections").stream()
    let normals = FloatBuffer(count: theta.count)
    metarl_normal_numbers((key / "initial").bits, 0, 0, Int64(theta.count), normals.pointer)
    for source in 0..<source.count {
      for layer in 0..<layers {
        for target in 0..<targets {
          let isThere =
            connectivity.probability >= 1 || stream.uniformDouble() < connectivity.probability
          guard isThere && (connectivity.connectsToItself || source != target) else { continue }
          let index = index(source, layer, target)
          let first =
            options.initialMean + options.initialDeviation * Double(normals.pointer[index])
          set(index, to: min(options.maximum, max(options.minimum, first)))
        }
      }
    }
  }

  /// θ of a place in the arrays.
  private func parameter(_ index: Int) -> Double {
    Double(theta.pointer[index]) + Double(rest.pointer[index])
  }

  private func set(_ index: Int, to parameter: Double) {
    theta.pointer[index] = Float(parameter)
    rest.pointer[index] = Float(parameter - Double(theta.pointer[index]))
  }

  private func index(_ source: Int, _ layer: Int, _ target: Int) -> Int {
    (source * layers + layer) * stride + target
  }

  private func computeWeights() {
    var langevin = langevin(learningRate: 0, update: 0)
    metarl_spore_weights(&langevin, Int64(weight.count), theta.pointer, weight.pointer)
    sumLayers(0..<source.count)
  }

  private func sumLayers(_ sources: Range<Int>) {
    guard layers > 1 else { return }
    metarl_spore_sum_layers(
      weight.pointer, Int32(sources.lowerBound), Int32(sources.upperBound), Int32(layers),
      Int32(stride), pairWeight.pointer)
  }

  // MARK: Running

  /// Lets the spikes arrive that were emitted a delay ago.
  func deliver() {
    target.receive(
      source.spikes(ago: delay), weights: pairWeight.pointer, stride: stride, inhibits: false)
  }

  /// Advances all synapses by the steps of a block and, where the block ends an interval, the
  /// `update`-th one, moves θ.
  func advance(_ block: SporeBlock, learningRate: Double, update: Int?, pool: ThreadPool?) {
    var filter = traces.filter
    metarl_spore_factors(
      &filter, target.traces.pointer, Int64(target.stride), Int32(block.count),
      Int32(block.products), block.scale.pointer, Int32(stride), jumpFactors.pointer,
      spikeFactors.pointer)
    let move = update.map { langevin(learningRate: learningRate, update: $0) }
    let call = metarl_spore_block(
      products: Int32(block.products), layers: Int32(layers), stride: Int32(stride),
      eligibility_decay: block.eligibilityDecay, gradient_decay: block.gradientDecay,
      gradient_carry: block.gradientCarry, direct_carry: block.directCarry,
      slow: traces.firstSlow.pointer, fast: traces.firstFast.pointer,
      spikes: traces.spikeSteps.pointer, first_spike: traces.firstSpike.pointer,
      last_cut: traces.lastCut.pointer, cuts: traces.cuts.pointer,
      jump_factors: jumpFactors.pointer, spike_factors: spikeFactors.pointer,
      weight: weight.pointer, eligibility: eligibility.pointer, gradient: gradient.pointer,
      theta: theta.pointer, rest: rest.pointer)
    run(pool: pool) { sources in
      withUnsafePointer(to: call) {
        metarl_spore_advance($0, Int32(sources.lowerBound), Int32(sources.upperBound))
      }
      if let move { moveParameters(sources, move) }
    }
  }

  /// Moves θ of the synapses from `sources`, where they begin at a group of normal numbers.
  private func moveParameters(_ sources: Range<Int>, _ langevin: metarl_spore_langevin) {
    let row = layers * stride
    let end = sources.upperBound == source.count ? theta.count : sources.upperBound * row
    withUnsafePointer(to: langevin) {
      metarl_spore_update(
        $0, Int64(sources.lowerBound * row), Int64(end), theta.pointer, rest.pointer,
        weight.pointer, eligibility.pointer, gradient.pointer)
    }
    sumLayers(sources)
  }

  private func langevin(learningRate: Double, update: Int) -> metarl_spore_langevin {
    let rate = learningRate * Double(options.interval)
    return metarl_spore_langevin(
      prior_mean: Float(options.priorMean), prior_pull: Float(rate * options.priorPrecision),
      rate: Float(rate), minimum: Float(options.minimum), maximum: Float(options.maximum),
      gradient_scale: Float(options.gradientRate), gradient_limit: Float(options.gradientLimit),
      noise: Float((2 * rate * options.temperature).squareRoot()),
      gradient_noise: Float((2 * rate * options.gradientTemperature).squareRoot()),
      weight_scale: Float(options.weightScale), weight_offset: Float(options.parameterOffset),
      simulates_retracted: options.simulatesRetracted ? 1 : 0,
      deletes_retracted: options.deletesRetracted ? 1 : 0, key: noiseKey,
      gradient_key: gradientNoiseKey, update: UInt64(update))
  }

  /// Deals out the sources to the threads, a few at a time, so that their synapses stay in the cache from
  /// the block to the move of θ. Every number is computed from its own past alone, so that the ranges
  /// change no bit.
  private func run(pool: ThreadPool?, _ body: (Range<Int>) -> Void) {
    let pieces = (source.count + Self.sourcesAtATime - 1) / Self.sourcesAtATime
    func run(_ range: Range<Int>) {
      let mode = metarl_flush_subnormals()
      for piece in range {
        let first = piece * Self.sourcesAtATime
        body(first..<min(source.count, first + Self.sourcesAtATime))
      }
      metarl_restore_subnormals(mode)
    }
    guard let pool, pool.threads > 1, theta.count >= Self.worthSharing else {
      run(0..<pieces)
      return
    }
    let jobs = min(pool.threads, pieces)
    pool.run(jobs) { job in run(job * pieces / jobs..<(job + 1) * pieces / jobs) }
  }

  /// Their rows are whole groups of normal numbers, as a row is a multiple of 8 and a group has 64.
  private static let sourcesAtATime = 32

  /// Synapses from which on a block takes long enough for several threads.
  private static let worthSharing = 1 << 16

  // MARK: Looking

  /// All synapses there are, in the order of source, layer and target.
  var synapses: [SporeSynapse] {
    var all: [SporeSynapse] = []
    for source in 0..<source.count {
      for layer in 0..<layers {
        for target in 0..<targets {
          let index = index(source, layer, target)
          guard theta.pointer[index] > METARL_SPORE_ABSENT else { continue }
          all.append(
            SporeSynapse(
              source: source, target: target, index: index, parameter: parameter(index),
              weight: weight.pointer[index], eligibility: eligibility.pointer[index],
              gradient: gradient.pointer[index]))
        }
      }
    }
    return all
  }

  /// Replaces all θ, in the order of ``synapses``; weights follow.
  func setParameters(_ parameters: [Double]) {
    var next = parameters.makeIterator()
    for index in 0..<theta.count where theta.pointer[index] > METARL_SPORE_ABSENT {
      guard let parameter = next.next() else {
        preconditionFailure("there are more synapses than parameters")
      }
      set(index, to: parameter)
    }
    computeWeights()
  }

  /// Takes over θ and the weights of an equal projection.
  func copyParameters(from other: PlasticProjection) {
    theta.pointer.update(from: other.theta.pointer, count: theta.count)
    rest.pointer.update(from: other.rest.pointer, count: rest.count)
    weight.pointer.update(from: other.weight.pointer, count: weight.count)
    sumLayers(0..<source.count)
  }

  /// Sums over all synapses, without an allocation.
  var statistics: SporeStatistics {
    var sums = SporeStatistics()
    for index in 0..<theta.count where theta.pointer[index] > METARL_SPORE_ABSENT {
      sums.synapses += 1
      sums.parameter += parameter(index)
      sums.gradient += Double(gradient.pointer[index])
      sums.weight += Double(weight.pointer[index])
      if weight.pointer[index] > 0 { sums.active += 1 }
    }
    return sums
  }

  // MARK: Storage

  private var shape: [Int] { [source.count, layers, stride] }

  /// What is stored beside θ.
  private var arrays: [(name: String, buffer: FloatBuffer)] {
    [("weight", weight), ("eligibility", eligibility), ("gradient", gradient)]
  }

  /// Stores all synapses.
  func save(into archive: inout Archive, prefix: String) {
    func store(_ buffer: FloatBuffer, _ name: String, in section: Archive.Section) {
      let numbers = UnsafeBufferPointer(start: buffer.pointer, count: shape.reduce(1, *))
      archive.store(ArchivedTensor(numbers, shape: shape), prefix + "/" + name, in: section)
    }
    store(theta, "parameter", in: .weights)
    for (name, buffer) in arrays + [("parameterRest", rest)] { store(buffer, name, in: .optimizer) }
  }

  /// Restores what `save` stored.
  func restore(from archive: Archive, prefix: String) throws {
    func read(_ name: String, in section: Archive.Section) throws -> [Float] {
      try archive.floats(prefix + "/" + name, count: shape.reduce(1, *), in: section)
    }
    let others = try arrays.map { name, _ in try read(name, in: .optimizer) }
    // Format 1 of checkpoints has θ in one number of 64 bits.
    let name = prefix + "/parameter"
    if let stored = try archive.tensor(name, in: .weights).doubles {
      guard stored.count == shape.reduce(1, *) else {
        throw ArchiveError(name: name, reason: "does not hold \(shape.reduce(1, *)) numbers")
      }
      for (index, value) in stored.enumerated() { set(index, to: value) }
    } else {
      let (stored, rests) = (
        try read("parameter", in: .weights), try read("parameterRest", in: .optimizer)
      )
      Self.assign(stored, to: theta)
      Self.assign(rests, to: rest)
    }
    for ((_, buffer), values) in zip(arrays, others) { Self.assign(values, to: buffer) }
    sumLayers(0..<source.count)
  }

  /// Replaces what is stored of an array, which is padded.
  private static func assign(_ values: [Float], to buffer: FloatBuffer) {
    for (index, value) in values.enumerated() { buffer.pointer[index] = value }
  }
}

/// One plastic synapse, to look at.
public struct SporeSynapse: Sendable, Equatable {
  /// The presynaptic neuron.
  public let source: Int
  /// The postsynaptic neuron.
  public let target: Int
  /// The number of its noise within each update.
  public let index: Int
  /// θ
  public let parameter: Double
  /// w
  public let weight: Float
  /// e
  public let eligibility: Float
  /// g
  public let gradient: Float
}

/// Sums over plastic synapses.
public struct SporeStatistics: Sendable, Equatable {
  /// Synapses.
  public var synapses = 0
  /// Synapses with θ ≥ 0.
  public var active = 0
  /// Sum of θ.
  public var parameter = 0.0
  /// Sum of w.
  public var weight = 0.0
  /// Sum of g.
  public var gradient = 0.0

  /// Nothing.
  public init() {}

  /// Adds the sums over other synapses.
  public static func += (a: inout Self, b: Self) {
    a.synapses += b.synapses
    a.active += b.active
    a.parameter += b.parameter
    a.weight += b.weight
    a.gradient += b.gradient
  }
}
