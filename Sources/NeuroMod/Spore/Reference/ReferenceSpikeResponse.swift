import Glibc
import Tensor

/// One ``SpikeResponseOptions`` neuron in Double, as its equations say: the oracle of the kernel.
public struct ReferenceSpikeResponse {
  private let options: SpikeResponseOptions
  private let key: RandomKey
  private var (excitationSlow, excitationFast) = (0.0, 0.0)
  private var (inhibitionSlow, inhibitionFast) = (0.0, 0.0)
  private var dead = 0
  /// b
  public private(set) var threshold = 0.0
  /// Whether it fired in the last step.
  public private(set) var fired = false
  /// The trace that plasticity sees: spike − p, 0 in the dead time.
  public private(set) var trace = 0.0

  /// A neuron at rest that draws word t of the stream of `key` in step t.
  public init(_ options: SpikeResponseOptions, key: RandomKey) {
    self.options = options
    self.key = key
  }

  /// One step of one millisecond in which the given weights arrive.
  public mutating func advance(step: Int, excitation: Double, inhibition: Double) {
    let o = options
    excitationSlow = excitationSlow * exp(-1 / o.excitatoryFall) + excitation
    excitationFast = excitationFast * exp(-1 / o.excitatoryRise) + excitation
    inhibitionSlow = inhibitionSlow * exp(-1 / o.inhibitoryFall) + inhibition
    inhibitionFast = inhibitionFast * exp(-1 / o.inhibitoryRise) + inhibition
    let potential =
      o.excitatoryFall / (o.excitatoryFall - o.excitatoryRise) * (excitationSlow - excitationFast)
      + o.inhibitoryFall / (o.inhibitoryFall - o.inhibitoryRise) * (inhibitionSlow - inhibitionFast)
      + Double(o.gain * o.current)
    let v = potential - threshold
    let rate = max(
      0, Double(o.linearRate) * v + Double(o.exponentialRate) * exp(Double(o.slope) * v))
    let probability = -expm1(-rate * 1e-3)
    threshold -= 1e-3 * o.targetRate * o.adaptationSpeed
    guard dead == 0 else {
      dead -= 1
      (fired, trace) = (false, 0)
      return
    }
    var stream = RandomStream(key: key, position: UInt64(step))
    fired = Double(stream.next32()) * 0x1p-32 < probability
    trace = (fired ? 1 : 0) - probability
    guard fired else { return }
    threshold += o.adaptationSpeed
    dead = o.deadTime
    if o.resets {
      (excitationSlow, excitationFast, inhibitionSlow, inhibitionFast) = (0, 0, 0, 0)
    }
  }
}
