import Glibc
import Tensor

/// Firing rates by an exponential filter: a ← a · exp(−dt/τ) + Σ exp((t_s − t)/τ)/τ over the spikes at
/// t_s, in Hz.
public struct RateFilter: Sendable, Codable, Equatable {
  /// The rates in Hz.
  public private(set) var rates: [Float]
  private let decay: Float
  private let jump: Float

  /// Filters of `count` neurons.
  ///
  /// - Parameter time: τ in milliseconds.
  public init(count: Int, time: Double) {
    precondition(time > 0, "a filter needs a time constant")
    rates = Array(repeating: 0, count: count)
    decay = Float(exp(-1 / time))
    jump = Float(1000 / time)
  }

  /// Goes on by one millisecond, at whose end `spikes` fire.
  public mutating func advance(_ spikes: UnsafeBufferPointer<Int32>) {
    for index in rates.indices { rates[index] *= decay }
    for neuron in spikes { rates[Int(neuron)] += jump }
  }
}
