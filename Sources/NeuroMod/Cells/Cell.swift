import Autodiff
import Configuration

/// One recurrent layer, written as one time step.
///
/// `step` declares the layer's parameters and states in the current scope of the tracer and returns
/// the layer's output. Unrolling in time, the gradient, batching and checkpoints follow from that.
/// A cell's options are its ``Configurable`` fields; its size is set by the network that uses it.
public protocol Cell: Configurable {
  /// Units, and numbers in the output row.
  var size: Int { get set }
  /// Traces one time step.
  func step(_ input: Value, in tracer: Tracer) -> Value
}
