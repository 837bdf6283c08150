import Autodiff

/// One recurrent layer, written as one time step.
///
/// `step` declares the layer's parameters and states in the current scope of the tracer and returns
/// the layer's output. Unrolling in time, the gradient, batching and checkpoints follow from that.
public protocol Cell: Sendable {
  /// Numbers in the output row.
  var outputSize: Int { get }
  /// Traces one time step.
  func step(_ input: Value, in tracer: Tracer) -> Value
}
