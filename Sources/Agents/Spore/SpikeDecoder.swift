import Glibc
import NeuroMod
import Tensor

/// Turns spikes of output neurons into an action.
struct SpikeDecoder {
  /// How many numbers an action has.
  static func size(of form: SpikeDecoderOptions.Form, outputs: Int) -> Int {
    switch form {
    case .vector: 2
    case .linear: 1
    case .rates, .counts: outputs
    }
  }

  /// βₖ, the direction in radians into which neuron k of `outputs` pulls a population vector.
  static func direction(of neuron: Int, among outputs: Int) -> Float {
    2 * Float.pi * Float(neuron) / Float(outputs)
  }

  private let options: SpikeDecoderOptions
  /// The number of the first output neuron among those that spikes name.
  private let first: Int
  /// What a neuron's rate adds to the action: βₖ as a vector, or sₖ.
  private let preferred: [SIMD2<Float>]
  private var filter: RateFilter
  private var counts: [Float]

  /// A decoder of neurons `first ..< first + outputs`.
  init(_ options: SpikeDecoderOptions, first: Int, outputs: Int) {
    self.options = options
    self.first = first
    preferred = (0..<outputs).map { neuron in
      guard options.form == .vector else {
        return SIMD2(outputs == 1 ? 1 : 2 * Float(neuron) / Float(outputs - 1) - 1, 0)
      }
      let angle = Self.direction(of: neuron, among: outputs)
      return SIMD2(cos(angle), sin(angle))
    }
    filter = RateFilter(count: outputs, time: options.time)
    counts = Array(repeating: 0, count: outputs)
  }

  /// A control step begins.
  mutating func begin() {
    for index in counts.indices { counts[index] = 0 }
  }

  /// Takes in the spikes of a millisecond, hidden neurons included.
  mutating func advance(_ spikes: UnsafeBufferPointer<Int32>) {
    filter.advance()
    for spike in spikes where Int(spike) >= first {
      filter.fire(Int(spike) - first)
      counts[Int(spike) - first] += 1
    }
  }

  /// Writes the action.
  func decode(into action: inout [Float]) {
    switch options.form {
    case .vector, .linear:
      var sum = SIMD2<Float>(0, 0)
      for (neuron, rate) in filter.rates.enumerated() { sum += rate * preferred[neuron] }
      action[0] = options.gain * sum.x
      if options.form == .vector { action[1] = options.gain * sum.y }
    case .rates:
      for index in action.indices { action[index] = options.gain * filter.rates[index] }
    case .counts:
      for index in action.indices { action[index] = options.gain * counts[index] }
    }
  }

  /// Spikes of all output neurons in the control step.
  var spikeCount: Float { counts.reduce(0, +) }

  func save(into archive: inout Archive, prefix: String) throws {
    try archive.store(filter.rates, prefix + "/rates")
  }

  mutating func restore(from archive: Archive, prefix: String) throws {
    let rates = try archive.value(prefix + "/rates", as: [Float].self)
    guard rates.count == counts.count else {
      throw ArchiveError(
        name: prefix + "/rates", reason: "does not hold the rates of \(counts.count) neurons")
    }
    filter.restore(rates)
  }
}
