import Autodiff
import Configuration

/// The gated recurrent unit (Cho et al. 2014) in its published variants.
///
/// ```
/// g  = sigmoid(x Wg + h Ug + bg)                    update gate
/// r  = sigmoid(x Wr + h Ur + br)                    reset gate
/// h~ = tanh(x Wh + r ⊙ (h Uh + ch) + bh)            reset after the recurrent product
/// h~ = tanh(x Wh + (r ⊙ h) Uh + bh)                 reset before it
/// h' = (1 − g) ⊙ h~ + g ⊙ h
/// ```
///
/// The NMD net uses *after* without `bh` and `ch`; PyTorch uses *after* with both; Cho et al. use
/// *before* with `bh`.
public struct GRU: Cell {
  /// Where the reset gate acts.
  public enum Reset: String, Sendable, CaseIterable {
    /// On the result of the recurrent product.
    case after
    /// On the state, before the recurrent product.
    case before
  }

  /// Units.
  public var size = 50
  /// Where the reset gate acts.
  public var reset = Reset.after
  /// Whether the candidate has a bias `bh`.
  public var candidateBias = false
  /// Whether the recurrent product of the candidate has a bias `ch` (PyTorch); needs `reset` after.
  public var recurrentBias = false
  /// How the input matrices begin.
  public var weights = WeightInitialization()
  /// How the recurrent matrices begin.
  public var recurrentWeights = WeightInitialization()
  /// How the biases of the gates begin.
  public var gateBiases = GateBiases()

  /// A GRU with the NMD net's settings.
  public init() {}

  /// A GRU of `size` units.
  public init(
    size: Int, reset: Reset = .after, candidateBias: Bool = false, recurrentBias: Bool = false
  ) {
    self.size = size
    self.reset = reset
    self.candidateBias = candidateBias
    self.recurrentBias = recurrentBias
  }

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("reset", \.reset, "Whether the reset gate acts after or before the product."),
      .flag("candidateBias", \.candidateBias, "Whether the candidate has a bias."),
      .flag(
        "recurrentBias", \.recurrentBias,
        "Whether the candidate's recurrent product has a bias of its own, as in PyTorch."),
      .object("weights", \.weights, "How the input matrices begin."),
      .object("recurrentWeights", \.recurrentWeights, "How the recurrent matrices begin."),
      .object("gateBiases", \.gateBiases, "How the biases of the gates begin."),
    ]
  }

  /// `recurrentBias` needs `reset` after.
  public func validate(at path: JSONPath) throws {
    guard !recurrentBias || reset == .after else {
      throw ConfigurationError(
        path.appending("recurrentBias"), "is set although the reset gate acts before the product",
        remedy: "Set \"reset\" to \"after\", or leave recurrentBias out.")
    }
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
        "gateBias", width: 2 * size, gateBiases.initializer([.keep, .other], units: size))
    let update = gates[0..<size].sigmoid()
    let reset = gates[size..<2 * size].sigmoid()
    var candidate = x.product(
      weights.matrix("inputCandidate", rows: x.width, columns: size, in: tracer))
    if candidateBias { candidate = candidate + tracer.vector("candidateBias", width: size) }
    let recurrent = recurrentWeights.matrix(
      "recurrentCandidate", rows: size, columns: size, in: tracer)
    switch self.reset {
    case .after:
      var product = h.product(recurrent)
      if recurrentBias { product = product + tracer.vector("recurrentBias", width: size) }
      candidate = (candidate + reset * product).tanh()
    case .before:
      candidate = (candidate + (reset * h).product(recurrent)).tanh()
    }
    let next = (1 - update) * candidate + update * h
    tracer.update(h, to: next)
    return next
  }
}
