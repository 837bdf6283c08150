import Autodiff
import Configuration

/// The minimal gated unit (Zhou et al. 2016, arXiv 1603.09420): one gate forgets and writes.
///
/// ```
/// f  = sigmoid(x Wf + h Uf + bf)
/// h~ = tanh(x Wh + (f ⊙ h) Uh + bh)
/// h' = (1 − f) ⊙ h + f ⊙ h~
/// ```
public struct MGU: Cell {
  /// Units.
  public var size = 50
  /// How the bias of the gate begins; it writes to the state.
  public var gateBiases = GateBiases()
  /// How the input matrices begin.
  public var weights = WeightInitialization(.glorot, scale: 1)
  /// How the recurrent matrices begin.
  public var recurrentWeights = WeightInitialization(.glorot, scale: 1)

  /// The cell of the study of warm-up (Lambrechts et al. 2023), with 50 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .object("gateBiases", \.gateBiases, "How the bias of the gate begins."),
      .object("weights", \.weights, "How the input matrices begin."),
      .object("recurrentWeights", \.recurrentWeights, "How the recurrent matrices begin."),
    ]
  }

  /// Traces one time step; the state is `h`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    func sum(_ name: String, _ recurrent: Value, bias: Initializer) -> Value {
      x.product(weights.matrix("input" + name, rows: x.width, columns: size, in: tracer))
        + recurrent.product(
          recurrentWeights.matrix("recurrent" + name, rows: size, columns: size, in: tracer))
        + tracer.vector("bias" + name, width: size, bias)
    }
    let forget = sum("Gate", h, bias: gateBiases.initializer([.write], units: size)).sigmoid()
    let candidate = sum("Candidate", forget * h, bias: .zeros).tanh()
    let next = (1 - forget) * h + forget * candidate
    tracer.update(h, to: next)
    return next
  }
}
