/// What a node of a ``Graph`` computes. Every value is a row: one vector of fixed width for each
/// sample of the batch. Only parameters are matrices.
///
/// The set is small and closed; cells are written with it, not added to it.
public enum Operation: Hashable, Sendable {
  // MARK: Sources
  /// An input of the step, by index.
  case input(Int)
  /// The value of a state before the step, by index.
  case state(Int)
  /// A vector parameter, the same in each row.
  case vector(parameter: Int)
  /// The same number everywhere.
  case constant(Float)
  /// Backward graphs: the value of a node of the forward graph.
  case saved(Int)
  /// Backward graphs: the derivative of the objective by an output.
  case cotangent(Int)
  /// Backward graphs: what a remembered node was some steps later; zero behind the last step.
  case later(Int, steps: Int)

  // MARK: Products
  /// x · W over rows `firstRow ..< firstRow + rowCount` of a matrix parameter, or x · Wᵀ.
  case product(parameter: Int, firstRow: Int, rowCount: Int, transposed: Bool)

  // MARK: Elementwise
  /// One operand.
  case unary(Unary)
  /// Two operands of the same width.
  case binary(Binary)
  /// `mask ≠ 0 ? a : b`.
  case select

  // MARK: Structure
  /// Columns `offset ..< offset + width`.
  case slice(offset: Int)
  /// The operands side by side.
  case concatenate
  /// The sum of a row.
  case sumColumns
  /// The largest number of a row; no gradient flows through it.
  case maximumColumn
  /// One number a row, repeated.
  case expand

  // MARK: Gradient control
  /// The operand, with gradient zero.
  case stopGradient
  /// The first operand's value with the second one's gradient.
  case straightThrough

  /// Elementwise functions of one operand.
  public enum Unary: Hashable, Sendable {
    /// scale · x + offset
    case affine(scale: Float, offset: Float)
    case sigmoid, tanh, exp, log, sine, cosine, squareRoot, square, absolute, sign
    /// min(max(x, low), high); the gradient is 1 strictly inside and 0 elsewhere.
    case clamp(low: Float, high: Float)
    /// x > threshold ? 1 : 0, with gradient zero.
    case step(threshold: Float)
    /// low < x < high ? 1 : 0, with gradient zero.
    case inside(low: Float, high: Float)
    /// x > 0 ? 1 : 0, with the surrogate as derivative.
    case spike(Surrogate)
  }

  /// Elementwise functions of two operands.
  public enum Binary: Hashable, Sendable {
    case add, subtract, multiply, divide, minimum, maximum
    /// a > b ? 1 : 0, with gradient zero.
    case greater
    /// Backward graphs: a · b · (1 − b), where b is a sigmoid.
    case sigmoidGradient
    /// Backward graphs: a · (1 − b²), where b is a tanh.
    case tanhGradient
    /// Backward graphs: low < b < high ? a : 0, where b is a clamp.
    case clampGradient(low: Float, high: Float)
    /// Backward graphs: a · ψ(b), where b is what spiked.
    case spikeGradient(Surrogate)
  }

  /// Whether the operation works number by number, so that it can be fused with its neighbours.
  var isElementwise: Bool {
    switch self {
    case .unary, .binary, .select, .stopGradient, .straightThrough: true
    default: false
    }
  }

  /// Whether the operation reads one value and takes the processor one operation or two.
  var isCheap: Bool {
    guard case .unary(let function) = self else { return false }
    return switch function {
    case .affine, .clamp, .inside, .step, .spike, .square, .absolute, .sign: true
    case .sigmoid, .tanh, .exp, .log, .sine, .cosine, .squareRoot: false
    }
  }

  /// Whether the value costs nothing: it exists before the step or is a view.
  var isSource: Bool {
    switch self {
    case .input, .state, .vector, .constant, .saved, .cotangent, .later: true
    default: false
    }
  }
}
