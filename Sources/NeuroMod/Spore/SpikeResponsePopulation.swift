import CKernels
import Glibc
import Tensor

/// A population of ``SpikeResponseOptions`` neurons, stepped by a vectorised kernel in Float32.
///
/// Neuron i draws word t of the stream `key / i` in step t, so that its noise depends on nothing else.
final class SpikeResponsePopulation {
  /// Neurons.
  let count: Int
  /// Neurons, rounded up to whole vectors.
  let stride: Int
  /// Their spikes.
  let train: SpikeTrain
  /// `[rows × stride]`: spike − p in the steps of a block.
  let traces: FloatBuffer
  private var constants: metarl_spike_response
  private let excitationSlow, excitationFast, inhibitionSlow, inhibitionFast: FloatBuffer
  /// What arrives in the step at hand.
  private let excitation, inhibition: FloatBuffer
  private let threshold: Buffer<Double>
  private let dead: Buffer<Int32>
  private let keys: Buffer<UInt64>
  /// Four steps of random words.
  private let words: Buffer<UInt32>
  /// The first step that `words` serve, -1 for none.
  private var firstStepOfWords = -1

  /// `count` neurons at rest, with room for the traces of `rows` steps.
  init(_ options: SpikeResponseOptions, count: Int, rows: Int, memory: Int, key: RandomKey) {
    let stride = Self.stride(of: count)
    self.count = count
    self.stride = stride
    train = SpikeTrain(count: count, memory: memory)
    traces = FloatBuffer(count: rows * stride)
    constants = Self.constants(options)
    func row() -> FloatBuffer { FloatBuffer(count: stride) }
    (excitationSlow, excitationFast) = (row(), row())
    (inhibitionSlow, inhibitionFast) = (row(), row())
    (excitation, inhibition) = (row(), row())
    threshold = Buffer(count: stride)
    dead = Buffer(count: stride)
    keys = Buffer((0..<count).map { (key / $0).bits })
    words = Buffer(count: 4 * stride)
  }

  /// `count` rounded up to whole vectors.
  static func stride(of count: Int) -> Int {
    let lanes = Int(METARL_SPORE_LANES)
    return (count + lanes - 1) / lanes * lanes
  }

  private static func constants(_ options: SpikeResponseOptions) -> metarl_spike_response {
    func decay(_ time: Double) -> Float { Float(exp(-1 / time)) }
    func scale(_ rise: Double, _ fall: Double) -> Float { Float(fall / (fall - rise)) }
    return metarl_spike_response(
      excitation_slow: decay(options.excitatoryFall),
      excitation_fast: decay(options.excitatoryRise),
      excitation_scale: scale(options.excitatoryRise, options.excitatoryFall),
      inhibition_slow: decay(options.inhibitoryFall),
      inhibition_fast: decay(options.inhibitoryRise),
      inhibition_scale: scale(options.inhibitoryRise, options.inhibitoryFall),
      current: options.gain * options.current, linear: options.linearRate,
      exponential: options.exponentialRate, slope: options.slope, step: 1e-3,
      dead_steps: Int32(options.deadTime), resets: options.resets ? 1 : 0,
      threshold_decrease: 1e-3 * options.targetRate * options.adaptationSpeed,
      threshold_increase: options.adaptationSpeed)
  }

  /// Adds rows of weights of those who fired; negative ones belong to the inhibition.
  func receive(
    _ spikes: UnsafeBufferPointer<Int32>, weights: UnsafePointer<Float>, stride: Int,
    inhibits: Bool
  ) {
    guard !spikes.isEmpty else { return }
    metarl_add_weight_rows(
      weights, Int64(stride), spikes.baseAddress, Int32(spikes.count),
      (inhibits ? inhibition : excitation).pointer)
  }

  /// One step, whose traces become row `row`.
  func advance(step: Int, row: Int) {
    if step & ~3 != firstStepOfWords {
      firstStepOfWords = step & ~3
      metarl_stream_words(
        keys.pointer, Int32(count), Int32(stride), UInt64(firstStepOfWords), words.pointer)
    }
    var state = metarl_spike_response_state(
      excitation_slow: excitationSlow.pointer, excitation_fast: excitationFast.pointer,
      inhibition_slow: inhibitionSlow.pointer, inhibition_fast: inhibitionFast.pointer,
      excitation: excitation.pointer, inhibition: inhibition.pointer,
      threshold: threshold.pointer, dead: dead.pointer)
    train.fill { spikes in
      metarl_spike_response_step(
        &constants, &state, Int32(stride), words.pointer + (step & 3) * stride,
        traces.pointer + row * stride, spikes)
    }
  }

  /// The thresholds b of all neurons.
  var thresholds: [Double] { Array(threshold.array.prefix(count)) }

  /// Takes over the thresholds of another population, which are all that it learns.
  func copyThresholds(from other: SpikeResponsePopulation) {
    threshold.assign(other.threshold.array)
  }

  private var arrays: [(name: String, buffer: FloatBuffer)] {
    [
      ("excitationSlow", excitationSlow), ("excitationFast", excitationFast),
      ("inhibitionSlow", inhibitionSlow), ("inhibitionFast", inhibitionFast),
    ]
  }

  /// Stores thresholds, potentials, dead times and spikes.
  func save(into archive: inout Archive, prefix: String) throws {
    archive.store(ArchivedTensor(threshold.array), prefix + "/threshold", in: .weights)
    for (name, buffer) in arrays {
      archive.store(ArchivedTensor(buffer.array), prefix + "/" + name, in: .state)
    }
    try archive.store(dead.array, prefix + "/dead")
    try train.save(into: &archive, prefix: prefix)
  }

  /// Restores what `save` stored.
  func restore(from archive: Archive, prefix: String) throws {
    let name = prefix + "/threshold"
    guard let thresholds = try archive.tensor(name, in: .weights).doubles,
      thresholds.count == stride
    else { throw ArchiveError(name: name, reason: "does not hold \(stride) 64-bit numbers") }
    threshold.assign(thresholds)
    for (name, buffer) in arrays {
      buffer.assign(try archive.floats(prefix + "/" + name, count: stride, in: .state))
    }
    let remaining = try archive.value(prefix + "/dead", as: [Int32].self)
    guard remaining.count == stride, remaining.allSatisfy({ $0 >= 0 }) else {
      throw ArchiveError(name: prefix + "/dead", reason: "does not hold \(stride) dead times")
    }
    dead.assign(remaining)
    try train.restore(from: archive, prefix: prefix)
    firstStepOfWords = -1
  }
}
