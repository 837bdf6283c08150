import Glibc
import Tensor

/// One ``SporeSynapseOptions`` synapse in Double, step by step as its equations say: the oracle of the
/// kernels.
public struct ReferenceSporeSynapse {
  private let options: SporeSynapseOptions
  /// θ
  public private(set) var parameter: Double
  /// w
  public private(set) var weight = 0.0
  /// e
  public private(set) var eligibility = 0.0
  /// g
  public private(set) var gradient = 0.0
  private var isDeleted = false

  /// A synapse with θ = `parameter`.
  public init(_ options: SporeSynapseOptions, parameter: Double) {
    self.options = options
    self.parameter = parameter
    weight = weight(of: parameter)
  }

  private func weight(of parameter: Double) -> Double {
    parameter >= 0 ? options.weightScale * exp(parameter - options.parameterOffset) : 0
  }

  /// One step of one millisecond.
  ///
  /// - Parameters:
  ///   - presynaptic: κ (f − d).
  ///   - postsynaptic: spike − p.
  ///   - learningRate: β of this moment.
  public mutating func advance(
    presynaptic: Double, postsynaptic: Double, reward: Double, learningRate: Double
  ) {
    guard weight > 0 || options.simulatesRetracted else { return }
    eligibility *= exp(-1 / options.eligibilityTime)
    gradient *= exp(-1 / options.gradientTime)
    eligibility += weight * presynaptic * postsynaptic
    gradient += reward * eligibility
    parameter += reward * learningRate * options.eligibilityRate * eligibility
  }

  /// The end of an interval, with standard normal numbers for θ and g.
  public mutating func update(learningRate: Double, noise: Double, gradientNoise: Double) {
    guard !isDeleted else { return }
    let o = options
    let rate = learningRate * Double(o.interval)
    if weight > 0 || o.simulatesRetracted {
      gradient += (2 * rate * o.gradientTemperature).squareRoot() * gradientNoise
    }
    let pull = min(o.gradientLimit, max(-o.gradientLimit, o.gradientRate * gradient))
    parameter +=
      rate * (o.priorPrecision * (o.priorMean - parameter) + pull)
      + (2 * rate * o.temperature).squareRoot() * noise
    parameter = min(o.maximum, max(o.minimum, parameter))
    weight = weight(of: parameter)
    if parameter < 0 {
      isDeleted = o.deletesRetracted
      if !o.simulatesRetracted { (eligibility, gradient) = (0, 0) }
    }
  }
}

/// The noise of synapses, number by number.
public enum ReferenceNoise {
  /// Standard normal number `index` of row `row` of `key`: four of 64 numbers share a Philox block, and
  /// two share its words by Box and Muller.
  public static func normal(key: RandomKey, row: Int, index: Int) -> Double {
    let (group, place) = (index / 64, index % 64)
    let block = Philox.block(
      low: UInt64(16 * group + place % 16), high: UInt64(row), key: key.bits)
    let half = place / 32
    let (first, second) = (block[2 * half], block[2 * half + 1])
    let radius = (-2 * log(Double((Float(first) + 0.5) * 0x1p-32))).squareRoot()
    let angle = 2 * Double.pi * Double(second >> 8) * 0x1p-24
    return radius * (place % 32 < 16 ? cos(angle) : sin(angle))
  }
}
