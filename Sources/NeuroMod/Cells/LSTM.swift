import Autodiff
import Configuration

/// Long short-term memory (Hochreiter & Schmidhuber 1997) with forget gates (Gers et al. 2000).
///
/// ```
/// i, f, o = sigmoid(x W + h U + b)        input, forget and output gate
/// c~      = tanh(x Wc + h Uc + bc)
/// c'      = f ⊙ c + i ⊙ c~
/// h'      = o ⊙ tanh(c')
/// ```
public struct LSTM: Cell {
  /// Units.
  public var size = 50
  /// The forget gate's bias at the beginning.
  public var forgetBias: Float = 1
  /// How the matrices begin.
  public var weights = WeightInitialization()

  /// An LSTM of 50 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number("forgetBias", \.forgetBias, in: -100...100, "The forget gate's initial bias."),
      .object("weights", \.weights, "How the matrices begin."),
    ]
  }

  /// Traces one time step; the states are `h` and `c`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    func matrix(_ name: String, _ rows: Int, _ columns: Int) -> MatrixParameter {
      tracer.matrix(
        name, rows: rows, columns: columns, weights.initializer(rows: rows, columns: columns))
    }
    let h = tracer.state("h", width: size)
    let c = tracer.state("c", width: size)
    let sum =
      x.product(matrix("input", x.width, 4 * size)) + h.product(matrix("recurrent", size, 4 * size))
    let input = (sum[0..<size] + tracer.vector("inputBias", width: size)).sigmoid()
    let forget =
      (sum[size..<2 * size]
      + tracer.vector("forgetBias", width: size, .constant(forgetBias))).sigmoid()
    let output = (sum[2 * size..<3 * size] + tracer.vector("outputBias", width: size)).sigmoid()
    let candidate = (sum[3 * size..<4 * size] + tracer.vector("cellBias", width: size)).tanh()
    let cell = forget * c + input * candidate
    let next = output * cell.tanh()
    tracer.update(c, to: cell)
    tracer.update(h, to: next)
    return next
  }
}
