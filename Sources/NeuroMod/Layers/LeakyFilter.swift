import Autodiff

/// A low-pass filter: what a readout sees of spikes and events.
///
/// ```
/// p' = decay p + (1 − decay) x
/// ```
///
/// LSNN reads out with decay exp(−1 / 20), EGRU with 0.9.
public struct LeakyFilter: Sendable {
  /// How much of the trace remains after a step, from 0 to 1.
  public var decay: Float

  /// A filter.
  public init(decay: Float) { self.decay = decay }

  /// Traces the filter, with the state `trace` in the current scope.
  public func callAsFunction(_ x: Value, in tracer: Tracer) -> Value {
    let trace = tracer.state("trace", width: x.width)
    let next = decay * trace + (1 - decay) * x
    tracer.update(trace, to: next)
    return next
  }
}
