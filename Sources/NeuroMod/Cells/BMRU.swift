import Autodiff
import Configuration

/// A bistable memory recurrent unit: a hysteresis that can be computed for all time steps at once.
///
/// ```
/// c  = x Wx + bx                                        candidate; it does not see h
/// z  = H(|c| − β)                                       update gate, 0 or 1
/// h' = z ⊙ (α ⊙ sign(c)) + (1 − z) ⊙ h                  replace
/// h' = h + z ⊙ (α ⊙ sign(c))                            cumulate
/// ```
///
/// Above β the state is +α, below −β it is −α, between them it holds for ever. The threshold β ≥ 0 is
/// learned, |β|, or set by the input, |x Wb + bb|; α ≥ 0 is learned; sign(0) = 1. Derivatives of H and
/// sign are replaced by those of smooth functions. With *replace*, an update blocks the gradient of
/// what was before it, ∂h'/∂h = 1 − z; with *cumulate* nothing does.
///
/// This is a reconstruction in the spirit of F. De Geeter, G. Lambrechts, D. Ernst & G. Drion,
/// “Parallelizable memory recurrent units” (2026, arXiv 2601.09495), whose equations were not
/// available. *Cumulate* is not the published cumulative unit of arXiv 2605.11855. Since gate and
/// candidate ignore h, layers of this cell alone cannot tell the first step from later ones.
public struct BMRU: Cell {
  /// Where the threshold comes from.
  public enum Threshold: String, Sendable, CaseIterable {
    /// A learned vector.
    case learned
    /// A linear function of the input.
    case input
  }
  /// What an update does.
  public enum Update: String, Sendable, CaseIterable {
    /// It replaces the state.
    case replace
    /// It adds to the state.
    case cumulate
  }
  /// The derivative of H(u) in the backward pass, with sharpness k.
  public enum GateSurrogate: String, Sendable, CaseIterable {
    /// 1 / (1 + k |u|)²
    case rational
    /// σ'(k u), where σ is the logistic function.
    case sigmoid
  }
  /// The derivative of sign(c) in the backward pass.
  public enum SignSurrogate: String, Sendable, CaseIterable {
    /// 1 / (1 + |c|)²
    case rational
    /// sech² c
    case hyperbolic
  }

  /// Units.
  public var size = 32
  /// Where the threshold comes from.
  public var threshold = Threshold.learned
  /// What an update does.
  public var update = Update.replace
  /// Where β, or the bias `bb`, begins.
  public var initialThreshold: Float = 1
  /// Where α begins.
  public var initialAmplitude: Float = 1
  /// The derivative of the gate.
  public var gateSurrogate = GateSurrogate.rational
  /// k in the derivative of the gate.
  public var sharpness: Float = 2
  /// The derivative of the sign.
  public var signSurrogate = SignSurrogate.rational
  /// How the input matrices begin.
  public var weights = WeightInitialization(.lecun, scale: 1)

  /// A layer of 32 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("threshold", \.threshold, "A learned threshold, or one set by the input."),
      .choice("update", \.update, "Whether an update replaces the state or adds to it."),
      .number("initialThreshold", \.initialThreshold, in: 0...1000, "Where β begins."),
      .number("initialAmplitude", \.initialAmplitude, in: 0...1000, "Where α begins."),
      .choice("gateSurrogate", \.gateSurrogate, "Derivative of the gate in the backward pass."),
      .number("sharpness", \.sharpness, in: 1e-3...1000, "k in the derivative of the gate."),
      .choice("signSurrogate", \.signSurrogate, "Derivative of the sign in the backward pass."),
      .object("weights", \.weights, "How the input matrices begin."),
    ]
  }

  /// Traces one time step; the state is `h`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let c =
      x.product(weights.matrix("input", rows: x.width, columns: size, in: tracer))
      + tracer.vector("bias", width: size)
    var beta = tracer.vector("threshold", width: size, .constant(initialThreshold))
    if threshold == .input {
      beta =
        x.product(weights.matrix("inputThreshold", rows: x.width, columns: size, in: tracer)) + beta
    }
    let alpha = tracer.vector(
      "amplitude", width: size, .constant(initialAmplitude), in: 0 ... .greatestFiniteMagnitude)

    let sign = (1 - 2 * (-c).step()).straightThrough(smoothSign(c))
    // |c|, whose derivative at 0 follows the convention sign(0) = 1: held inputs are exactly 0.
    let excess = c * sign.stopGradient() - beta.absolute()
    let z = excess.step().straightThrough(smoothGate(excess))
    let next =
      switch update {
      case .replace: z * (alpha * sign) + (1 - z) * h
      case .cumulate: h + z * (alpha * sign)
      }
    tracer.update(h, to: next)
    return next
  }

  /// A function with the derivative that H is given.
  private func smoothGate(_ u: Value) -> Value {
    switch gateSurrogate {
    case .rational: u / (1 + sharpness * u.absolute())
    case .sigmoid: (sharpness * u).sigmoid() / sharpness
    }
  }

  /// A function with the derivative that sign is given.
  private func smoothSign(_ c: Value) -> Value {
    switch signSurrogate {
    case .rational: c / (1 + c.absolute())
    case .hyperbolic: c.tanh()
    }
  }
}
