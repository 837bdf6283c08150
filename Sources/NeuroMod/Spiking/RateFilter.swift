import Glibc

/// Firing rates by an exponential filter: a ← a · exp(−dt/τ) + Σ exp((t_s − t)/τ)/τ over the spikes at
/// t_s, in Hz.
public struct RateFilter: Sendable, Equatable {
  /// The rates in Hz.
  public private(set) var rates: [Float]
  private let decay: Float
  private let jump: Float

  /// Filters of `count` silent neurons.
  ///
  /// - Parameter time: τ in milliseconds.
  public init(count: Int, time: Double) {
    precondition(time > 0, "a filter needs a time constant")
    rates = Array(repeating: 0, count: count)
    decay = Float(exp(-1 / time))
    jump = Float(1000 / time)
  }

  /// Goes on by one millisecond.
  public mutating func advance() {
    for index in rates.indices { rates[index] *= decay }
  }

  /// A spike of `neuron` at the end of this millisecond.
  public mutating func fire(_ neuron: Int) { rates[neuron] += jump }

  /// Puts stored rates back; as many as there are neurons.
  public mutating func restore(_ stored: [Float]) {
    precondition(stored.count == rates.count, "\(stored.count) rates are not those of the neurons")
    rates = stored
  }
}
