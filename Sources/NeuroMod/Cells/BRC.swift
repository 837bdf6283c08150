import Autodiff
import Configuration

/// The bistable recurrent cell (Vecoven, Ernst & Drion 2021, PLOS ONE 16(6): e0252676).
///
/// ```
/// a  = 1 + tanh(x Ua + wa ⊙ h + ba)                     feedback strength, in (0, 2)
/// c  = sigmoid(x Uc + wc ⊙ h + bc)                      update gate
/// h' = c ⊙ h + (1 − c) ⊙ tanh(x Uh + a ⊙ h + bh)
/// ```
///
/// A unit feels no other unit of its layer. Where a > 1 it has two stable states, ± the positive
/// solution of h = tanh(a h); c changes how fast it gets there and not where. `bh` is absent in the
/// original and present in the study of warm-up (Lambrechts et al. 2023).
public struct BRC: Cell {
  /// Units.
  public var size = 50
  /// Whether the candidate has a bias `bh`.
  public var candidateBias = false
  /// How the biases of the gates begin; c keeps the state.
  public var gateBiases = GateBiases()
  /// How the input matrices begin; `wa` and `wc` begin at 1.
  public var weights = WeightInitialization(.glorot, scale: 1)

  /// The cell of the paper, with 50 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .flag("candidateBias", \.candidateBias, "Whether the candidate has a bias."),
      .object("gateBiases", \.gateBiases, "How the biases of the gates begin."),
      .object("weights", \.weights, "How the input matrices begin."),
    ]
  }

  /// Traces one time step; the state is `h`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let gates = x.product(
      weights.matrix("inputGates", rows: x.width, columns: 2 * size, gates: 2, in: tracer))
    let recurrent = tracer.vector("recurrentGates", width: 2 * size, .constant(1))
    let bias = tracer.vector(
      "gateBias", width: 2 * size, gateBiases.initializer([.other, .keep], units: size))
    var candidate = x.product(
      weights.matrix("inputCandidate", rows: x.width, columns: size, in: tracer))
    if candidateBias { candidate = candidate + tracer.vector("candidateBias", width: size) }

    let (first, second) = (0..<size, size..<2 * size)
    let a = 1 + (gates[first] + recurrent[first] * h + bias[first]).tanh()
    let c = (gates[second] + recurrent[second] * h + bias[second]).sigmoid()
    let next = c * h + (1 - c) * (candidate + a * h).tanh()
    tracer.update(h, to: next)
    return next
  }
}
