import Autodiff
import Configuration

/// The recurrently neuromodulated bistable cell (Vecoven, Ernst & Drion 2021, PLOS ONE 16(6):
/// e0252676).
///
/// ```
/// a  = 1 + tanh(x Ua + h Wa + ba)                       feedback strength, in (0, 2)
/// c  = sigmoid(x Uc + h Wc + bc)                        update gate
/// h' = c ⊙ h + (1 − c) ⊙ tanh(x Uh + a ⊙ h + bh)
/// ```
///
/// As the ``BRC``, except that the whole layer sets each unit's gates. The recurrent matrices begin
/// orthogonal in the first version of the paper (arXiv 2006.05252v1), with `glorot` in later studies;
/// that changes results.
public struct NBRC: Cell {
  /// Units.
  public var size = 50
  /// Whether the candidate has a bias `bh`.
  public var candidateBias = false
  /// How the biases of the gates begin; c keeps the state.
  public var gateBiases = GateBiases()
  /// How the input matrices begin.
  public var weights = WeightInitialization(.glorot, scale: 1)
  /// How the recurrent matrices of the gates begin.
  public var recurrentWeights = WeightInitialization(.orthogonal, scale: 1)

  /// The cell of the paper, with 50 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .flag("candidateBias", \.candidateBias, "Whether the candidate has a bias."),
      .object("gateBiases", \.gateBiases, "How the biases of the gates begin."),
      .object("weights", \.weights, "How the input matrices begin."),
      .object("recurrentWeights", \.recurrentWeights, "How the gates' recurrent matrices begin."),
    ]
  }

  /// Traces one time step; the state is `h`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let gates =
      x.product(
        weights.matrix("inputGates", rows: x.width, columns: 2 * size, gates: 2, in: tracer))
      + h.product(
        recurrentWeights.matrix(
          "recurrentGates", rows: size, columns: 2 * size, gates: 2, in: tracer))
      + tracer.vector(
        "gateBias", width: 2 * size, gateBiases.initializer([.other, .keep], units: size))
    var candidate = x.product(
      weights.matrix("inputCandidate", rows: x.width, columns: size, in: tracer))
    if candidateBias { candidate = candidate + tracer.vector("candidateBias", width: size) }

    let a = 1 + gates[0..<size].tanh()
    let c = gates[size..<2 * size].sigmoid()
    let next = c * h + (1 - c) * (candidate + a * h).tanh()
    tracer.update(h, to: next)
    return next
  }
}
