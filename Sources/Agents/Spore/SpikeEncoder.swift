import NeuroMod
import Tensor

/// Turns the observation of a control step into spikes of input neurons, millisecond by millisecond.
struct SpikeEncoder {
  /// Input neurons.
  let count: Int
  private let ticks: Int
  /// Neurons per slot, and milliseconds of one.
  private let slotLength: Int
  private let sources: PoissonSources?

  /// - Parameters:
  ///   - size: numbers of an observation.
  ///   - slots: parts of the step that an observation of events tells apart.
  ///   - ticks: milliseconds of a control step.
  init(_ form: SpikeEncoding, size: Int, slots: Int, ticks: Int, key: RandomKey) {
    self.ticks = ticks
    switch form {
    case .events:
      count = size / slots
      slotLength = ticks / slots
      sources = nil
    case .rates:
      count = size
      slotLength = ticks
      sources = PoissonSources(count: size, key: key)
    }
  }

  /// Takes over the observation at the beginning of a control step.
  func begin(_ observation: UnsafePointer<Float>, at step: Int) {
    sources?.set(observation, at: step)
  }

  /// Lets inputs fire in millisecond `tick` of the control step, which is step `step` of the network.
  func fire(
    _ observation: UnsafePointer<Float>, tick: Int, step: Int, into train: SpikeTrain
  ) {
    if let sources { return sources.fire(at: step, into: train) }
    guard tick % slotLength == 0 else { return }
    let slot = observation + tick / slotLength * count
    for neuron in 0..<count where slot[neuron] != 0 { train.append(neuron) }
  }

  func save(into archive: inout Archive, prefix: String) throws {
    try sources?.save(into: &archive, prefix: prefix)
  }

  func restore(from archive: Archive, prefix: String) throws {
    try sources?.restore(from: archive, prefix: prefix)
  }
}
