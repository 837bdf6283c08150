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
  /// Whether a second bias is added, as in PyTorch. It begins as `gateBiases` says, each number drawn
  /// anew, and at zero with constants: chrono biases then count double, as in the study of warm-up
  /// (Lambrechts et al. 2023).
  public var recurrentBias = false
  /// How the biases of the gates begin.
  public var gateBiases = GateBiases()
  /// How the input matrices begin.
  public var weights = WeightInitialization()
  /// How the recurrent matrices begin.
  public var recurrentWeights = WeightInitialization()

  /// An LSTM of 50 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number(
        "forgetBias", \.forgetBias, in: -100...100,
        "The forget gate's initial bias, with constant gate biases."),
      .flag("recurrentBias", \.recurrentBias, "Whether a second bias is added, as in PyTorch."),
      .object("gateBiases", \.gateBiases, "How the biases of the gates begin."),
      .object("weights", \.weights, "How the input matrices begin."),
      .object("recurrentWeights", \.recurrentWeights, "How the recurrent matrices begin."),
    ]
  }

  /// Traces one time step; the states are `h` and `c`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let c = tracer.state("c", width: size)
    func bias(_ name: String, constants: [Float]?) -> Value {
      tracer.vector(
        name, width: 4 * size,
        gateBiases.initializer(
          [.write, .keep, .other, .other], units: size, constants: constants))
    }
    var sum =
      x.product(weights.matrix("input", rows: x.width, columns: 4 * size, gates: 4, in: tracer))
      + h.product(
        recurrentWeights.matrix("recurrent", rows: size, columns: 4 * size, gates: 4, in: tracer))
      + bias("bias", constants: [0, forgetBias, 0, 0])
    if recurrentBias { sum = sum + bias("recurrentBias", constants: nil) }
    let input = sum[0..<size].sigmoid()
    let forget = sum[size..<2 * size].sigmoid()
    let output = sum[2 * size..<3 * size].sigmoid()
    let candidate = sum[3 * size..<4 * size].tanh()
    let cell = forget * c + input * candidate
    let next = output * cell.tanh()
    tracer.update(c, to: cell)
    tracer.update(h, to: next)
    return next
  }
}
