import Autodiff
import Configuration

/// The spiking recurrent cell (De Geeter, Ernst & Drion 2023, arXiv 2306.03623): a bistable cell with a
/// slow second state that brings it back, so that it fires spikes, one time step each, and learns by
/// ordinary back-propagation.
///
/// ```
/// i'  = α i + x W                                       synaptic current, leaky
/// u   = ρ tanh(i' / ρ)                                  its soft limit
/// h'  = z h + (1 − z) tanh(u + r h + rs s + b)          fast positive feedback
/// zs  = zhyp + (zdep − zhyp) H(h' − ½)                  gate of the slow feedback
/// s'  = zs ⊙ s + (1 − zs) ⊙ h                           slow negative feedback
/// y   = max(h', 0)                                      graded spike, below 1
/// ```
///
/// Gradients flow through W, i and the tanh, and stop at h and s of the step before: never through the
/// generator of spikes in time. The derivative of max(·, 0) is replaced by 1, or silent networks would
/// not learn. A layer is feed-forward: a unit feels no other unit.
///
/// The constants come from a secondary source, as does that b is learned; b stays at or below
/// `biasLimit` by projection, since from −4 on a unit fires without input.
public struct SRC: Cell {
  /// Which h sets the gate of the slow feedback.
  public enum SlowGate: String, Sendable, CaseIterable {
    /// h', as printed in the paper: an isolated spike lasts one step.
    case newState
    /// h, as in a public implementation: an isolated spike lasts two steps.
    case previousState
  }

  /// Units.
  public var size = 100
  /// α, the share of the synaptic current that stays from step to step.
  public var currentDecay: Float = 0.9
  /// ρ, the limit of the current.
  public var currentLimit: Float = 3
  /// r, the fast positive feedback.
  public var fastFeedback: Float = 2
  /// rs, the slow feedback.
  public var slowFeedback: Float = -7
  /// Standard deviation of the factors by which r and rs differ from unit to unit, drawn once from
  /// N(1, ·): a test of robustness.
  public var feedbackNoise: Float = 0
  /// z, the gate of the fast state; 0 as published.
  public var fastGate: Float = 0
  /// zhyp, the gate of the slow state while the unit is silent.
  public var restingGate: Float = 0.9
  /// zdep, the gate of the slow state during a spike.
  public var spikingGate: Float = 0
  /// Which h sets the gate of the slow state.
  public var slowGate = SlowGate.newState
  /// Where b begins.
  public var bias: Float = -6
  /// The largest b.
  public var biasLimit: Float = -4
  /// Whether b is learned; sources differ.
  public var learnBias = true
  /// How W begins; not published.
  public var weights = WeightInitialization(.uniform, scale: 1)

  /// A layer of 100 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number("currentDecay", \.currentDecay, in: 0...1, "Decay α of the synaptic current."),
      .number("currentLimit", \.currentLimit, in: 1e-3...1e6, "Limit ρ of the current."),
      .number("fastFeedback", \.fastFeedback, in: -100...100, "Fast positive feedback r."),
      .number("slowFeedback", \.slowFeedback, in: -100...100, "Slow feedback rs."),
      .number(
        "feedbackNoise", \.feedbackNoise, in: 0...10,
        "Relative standard deviation of r and rs over the units."),
      .number("fastGate", \.fastGate, in: 0...1, "Gate z of the fast state; 0 as published."),
      .number("restingGate", \.restingGate, in: 0...1, "Gate zhyp of the slow state at rest."),
      .number("spikingGate", \.spikingGate, in: 0...1, "Gate zdep of the slow state in a spike."),
      .choice(
        "slowGate", \.slowGate,
        "Which h sets the slow gate: spikes last 1 step (newState) or 2 (previousState)."),
      .number("bias", \.bias, in: -100...100, "Where the bias begins."),
      .number("biasLimit", \.biasLimit, in: -100...100, "The bias is projected to at most this."),
      .flag("learnBias", \.learnBias, "Whether the bias is learned; sources differ."),
      .object("weights", \.weights, "How the input matrix begins; not published."),
    ]
  }

  /// Traces one time step; the states are `current`, `h` and `slow`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let current = tracer.state("current", width: size)
    let (fast, slow) = (tracer.state("h", width: size), tracer.state("slow", width: size))
    let (h, s) = (fast.stopGradient(), slow.stopGradient())
    func feedback(_ name: String, _ strength: Float) -> Value {
      guard feedbackNoise > 0 else { return tracer.constant(strength, width: size) }
      let factor = tracer.vector(
        name, width: size, .normal(feedbackNoise), isLearned: false)
      return strength * (1 + factor)
    }
    let b = tracer.vector(
      "bias", width: size, .constant(bias), in: -.greatestFiniteMagnitude...biasLimit,
      isLearned: learnBias)

    let i =
      currentDecay * current
      + x.product(weights.matrix("input", rows: x.width, columns: size, in: tracer))
    let u = currentLimit * (i / currentLimit).tanh()
    let sum =
      u + feedback("fastFeedback", fastFeedback) * h
      + feedback("slowFeedback", slowFeedback) * s + b
    let next = fastGate == 0 ? sum.tanh() : fastGate * h + (1 - fastGate) * sum.tanh()
    let isSpiking = (slowGate == .newState ? next : h).step(above: 0.5)
    let zs = restingGate + (spikingGate - restingGate) * isSpiking
    tracer.update(current, to: i)
    tracer.update(fast, to: next)
    tracer.update(slow, to: zs * s + (1 - zs) * h)
    return next.relu().straightThrough(next)
  }
}
