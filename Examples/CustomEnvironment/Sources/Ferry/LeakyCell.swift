import MetaRL

/// A recurrent layer whose units forget at rates that they learn.
///
/// ```
/// a  = sigmoid(leak)
/// h' = a ⊙ h + (1 − a) ⊙ tanh(x W + h U + b)
/// ```
///
/// This is all there is to a cell: the gradient, batching, checkpoints and the description of its
/// parameters follow from the time step.
public struct LeakyCell: Cell {
  /// Units.
  public var size = 20
  /// The leak before the sigmoid, at the beginning.
  public var initialLeak: Float = 1
  /// How the matrices begin.
  public var weights = WeightInitialization()

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number("initialLeak", \.initialLeak, in: -10...10, "The leak before the sigmoid."),
      .object("weights", \.weights, "How the matrices begin."),
    ]
  }

  /// Traces one time step.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let input = tracer.matrix(
      "input", rows: x.width, columns: size, weights.initializer(rows: x.width, columns: size))
    let recurrent = tracer.matrix(
      "recurrent", rows: size, columns: size, weights.initializer(rows: size, columns: size))
    let bias = tracer.vector("bias", width: size)
    let keep = tracer.vector("leak", width: size, .constant(initialLeak)).sigmoid()
    let candidate = (x.product(input) + h.product(recurrent) + bias).tanh()
    let next = keep * h + (1 - keep) * candidate
    tracer.update(h, to: next)
    return next
  }
}
