import Autodiff
import Configuration

/// Costs that keep the units of an ``EGRU`` silent, each a mean over units, rows and steps.
///
/// ```
/// belowThreshold · mean(h' − (ϑ − margin))       as for DVS gestures; linear, it pushes states down
/// nearMinusOne · mean((c + 0.9)²)                optional for sequential MNIST
/// state · mean(c) + event · mean(o)              as in the language models
/// ```
///
/// The language models' term for the change of events is left out: it is zero in all published
/// settings. A price on the squared rate of events is a penalty of the learner on
/// ``CellOutput/activity``.
public struct EventPenalty: Configurable, Equatable {
  /// Weight of the distance above the threshold less the margin.
  public var belowThreshold: Float = 0
  /// The margin below the threshold.
  public var margin: Float = 0.05
  /// Weight of the squared distance from −0.9.
  public var nearMinusOne: Float = 0
  /// Weight of the state.
  public var state: Float = 0
  /// Weight of events.
  public var event: Float = 0

  /// No cost.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number(
        "belowThreshold", \.belowThreshold, in: 0...1000,
        "Weight of mean(h − (ϑ − margin)), which drives states below the threshold."),
      .number("margin", \.margin, in: 0...1, "The margin below the threshold."),
      .number("nearMinusOne", \.nearMinusOne, in: 0...1000, "Weight of mean((c + 0.9)²)."),
      .number("state", \.state, in: 0...1000, "Weight of the mean state before the reset."),
      .number("event", \.event, in: 0...1000, "Weight of the part of units with an event."),
    ]
  }

  /// The cost of a step, of width 1; nil if all weights are zero.
  func cost(state c: Value, after h: Value, threshold: Value, event: Value) -> Value? {
    let terms: [(Float, () -> Value)] = [
      (belowThreshold, { h - threshold + margin }), (nearMinusOne, { (c + 0.9).squared() }),
      (state, { c }), (self.event, { event }),
    ]
    let weighted = terms.filter { $0.0 > 0 }.map { $0.0 * $0.1() }
    guard let first = weighted.first else { return nil }
    return weighted.dropFirst().reduce(first, +).sum() * (1 / Float(c.width))
  }
}
