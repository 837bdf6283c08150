import Autodiff
import Configuration

/// The event-based gated recurrent unit: units speak only when their state crosses a threshold.
///
/// ```
/// reference form                                     paper form
/// p = x W + bx,  q = y R + br                        u = sigmoid(x Wu + y Ru + bu)
/// z = sigmoid(pz + qz)           keep gate           r = sigmoid(x Wr + y Rr + br)
/// r = sigmoid(pr + qr)                               z = tanh(x Wz + (r ⊙ y) Rz + bz)
/// g = tanh(pg + r ⊙ qg)
/// c = z ⊙ h + (1 − z) ⊙ g                            c = u ⊙ z + (1 − u) ⊙ c − y
/// o = spike(c − ϑ),  y' = o ⊙ c                      o = spike(c − ϑ),  y' = o ⊙ c
/// h' = c − o ⊙ ϑ
/// ```
///
/// State h (c in the paper form), event o, emitted value y, which is also the output. ϑ is learned and
/// kept within [0, 1]. The gradient flows through the reset. All published numbers come from the
/// reference form.
///
/// Against overfitting, while it is trained: zoneout keeps states as they were, c ← m ⊙ (c − h) + h with a mask
/// m for each step and unit before the event is decided, and p h + (1 − p) c where the network is used;
/// DropConnect leaves out recurrent connections.
///
/// Source: Subramoney, Nazeer, Schöne, Mayr & Kappel, "Efficient recurrent architectures through
/// activity sparsity and sparse back-propagation through time", ICLR 2023, and its released code.
public struct EGRU: Cell {
  /// Which published equations.
  public enum Form: String, Sendable, CaseIterable {
    /// Those of the released code: the threshold is subtracted in the same step.
    case reference
    /// Those printed: the emitted value is subtracted in the next step.
    case paper
  }

  /// Units.
  public var size = 128
  /// Which published equations.
  public var form = Form.reference
  /// The mean of the thresholds at the beginning, drawn from a beta distribution.
  public var thresholdMean: Float = 0.3
  /// Whether thresholds are learned.
  public var learnsThreshold = true
  /// The surrogate of an event's derivative by c − ϑ.
  public var surrogate = Surrogate(.triangle, height: 0.7, halfWidth: 1)
  /// How the matrices begin; the three gates count as one matrix.
  public var weights = WeightInitialization(.glorotNormal, scale: 1)
  /// The part p of the states that zoneout keeps in a step.
  public var zoneout: Float = 0
  /// The part of the recurrent connections that an update leaves out.
  public var dropConnect: Float = 0
  /// Costs of states and events.
  public var penalty = EventPenalty()

  /// A layer of 128 units in the reference form.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice(
        "form", \.form, "The equations of the released code, or those printed in the paper."),
      .number(
        "thresholdMean", \.thresholdMean, in: 1e-3...0.999,
        "Mean of the thresholds at the beginning, m of a beta distribution (3m / (1 − m), 3)."),
      .flag(
        "learnsThreshold", \.learnsThreshold,
        "Whether thresholds are learned; off in the published language models."),
      .choice(
        "surrogate", \.surrogate.shape, "Shape of the surrogate of an event's derivative."),
      .number(
        "surrogateHeight", \.surrogate.height, in: 0...1000,
        "The surrogate at the threshold (dampening factor)."),
      .number(
        "surrogateHalfWidth", \.surrogate.halfWidth, in: 1e-6...1e6,
        "Half the surrogate's width: the inverse of the released code's “support”."),
      .object("weights", \.weights, "How the matrices begin."),
      .number(
        "zoneout", \.zoneout, in: 0...0.999,
        "Part of the states that keep their value in a step, at random while the network is trained."
      ),
      .number(
        "dropConnect", \.dropConnect, in: 0...0.999,
        "Part of the recurrent connections that are left out, others in each update."),
      .object("penalty", \.penalty, "Costs of states and events, for trainers that add them."),
    ]
  }

  /// Traces one time step; the states are `h` and `y`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let y = tracer.state("y", width: size)
    let threshold = tracer.vector(
      "threshold", width: size, .beta(3 * thresholdMean / (1 - thresholdMean), 3), in: 0...1,
      isLearned: learnsThreshold)
    var c = form == .reference ? reference(x, h, y, in: tracer) : paper(x, h, y, in: tracer)
    if zoneout > 0 {
      c = tracer.noise("zoneout", width: size, .mask(probability: 1 - zoneout)) * (c - h) + h
    }
    let event = (c - threshold).spike(surrogate)
    tracer.output(
      CellOutput.backwardSparsity, (c - threshold).spikesWithoutDerivative(surrogate))
    let value = event * c
    let next = form == .reference ? c - event * threshold : c
    tracer.update(y, to: value)
    tracer.update(h, to: next)
    tracer.output(CellOutput.activity, event)
    if let cost = penalty.cost(state: c, after: next, threshold: threshold, event: event) {
      tracer.output(CellOutput.penalty, cost)
    }
    return value
  }

  /// The three products with the input and their biases.
  private func projected(_ x: Value, in tracer: Tracer) -> Value {
    x.product(matrix("input", x.width, 3 * size, in: tracer))
      + tracer.vector("inputBias", width: 3 * size)
  }

  /// The state before the reset; gates z, r, g.
  private func reference(_ x: Value, _ h: Value, _ y: Value, in tracer: Tracer) -> Value {
    let p = projected(x, in: tracer)
    let q =
      y.product(matrix("recurrent", size, 3 * size, dropRate: dropConnect, in: tracer))
      + tracer.vector("recurrentBias", width: 3 * size)
    let gates = (p[0..<2 * size] + q[0..<2 * size]).sigmoid()
    let (keep, reset) = (gates[0..<size], gates[size..<2 * size])
    let candidate = (p[2 * size..<3 * size] + reset * q[2 * size..<3 * size]).tanh()
    return keep * h + (1 - keep) * candidate
  }

  /// The state, less what was emitted a step ago; gates u, r, z.
  private func paper(_ x: Value, _ c: Value, _ y: Value, in tracer: Tracer) -> Value {
    let p = projected(x, in: tracer)
    let gates =
      (p[0..<2 * size]
      + y.product(
        matrix("recurrentGates", size, 2 * size, dropRate: dropConnect, in: tracer))).sigmoid()
    let (update, reset) = (gates[0..<size], gates[size..<2 * size])
    let candidate =
      (p[2 * size..<3 * size]
      + (reset * y).product(
        matrix("recurrentCandidate", size, size, dropRate: dropConnect, in: tracer))).tanh()
    return update * candidate + (1 - update) * c - y
  }

  private func matrix(
    _ name: String, _ rows: Int, _ columns: Int, dropRate: Float = 0, in tracer: Tracer
  ) -> MatrixParameter {
    tracer.matrix(
      name, rows: rows, columns: columns, weights.initializer(rows: rows, columns: 3 * size),
      dropRate: dropRate)
  }
}
