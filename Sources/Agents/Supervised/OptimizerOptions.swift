import Autodiff
import Configuration
import Glibc

/// An optimizer with its step size over a training.
public struct OptimizerOptions: Configurable {
  /// How parameters follow a gradient.
  public var rule = OptimizerName.adam
  /// Step size at the beginning.
  public var learningRate: Float = 1e-3
  /// How the step size changes over the whole training.
  public var schedule = LearningRateSchedule.constant
  /// What multiplies the step size after every ``decayUpdates`` updates.
  public var decay = 1.0
  /// Updates between two such steps; 0 for none.
  public var decayUpdates = 0
  /// β₁ of Adam.
  public var beta1: Float = 0.9
  /// β₂ of Adam.
  public var beta2: Float = 0.999
  /// ε of Adam and RMSProp.
  public var epsilon: Float = 1e-8
  /// Decoupled weight decay of Adam.
  public var weightDecay: Float = 0
  /// Momentum of the rule `momentum`.
  public var momentum: Float = 0.9

  /// Adam with step size 0.001.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("rule", \.rule, "How parameters follow a gradient."),
      .number("learningRate", \.learningRate, in: 0...100, "Step size at the beginning."),
      .choice("schedule", \.schedule, "How the step size changes over the whole training."),
      .number("decay", \.decay, in: 0...1, "Multiplies the step size every decayUpdates updates."),
      .integer(
        "decayUpdates", \.decayUpdates, in: 0...1_000_000_000,
        "Updates between two decays; 0 for none."),
      .number("beta1", \.beta1, in: 0...0.999999, "β₁ of Adam."),
      .number("beta2", \.beta2, in: 0...0.999999, "β₂ of Adam."),
      .number("epsilon", \.epsilon, in: 0...1, "ε of Adam and RMSProp."),
      .number("weightDecay", \.weightDecay, in: 0...1, "Decoupled weight decay of Adam (AdamW)."),
      .number("momentum", \.momentum, in: 0...0.999999, "Momentum of the rule momentum."),
    ]
  }

  /// The rule with its numbers.
  var optimizerRule: OptimizerRule {
    switch rule {
    case .adam:
      .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
    case .rmsProp: .rmsProp(epsilon: epsilon)
    case .momentum: .momentum(momentum)
    }
  }

  /// The step size of the update after `updates` of `total`.
  public func rate(after updates: Int, of total: Int) -> Float {
    let steps = decayUpdates > 0 ? updates / decayUpdates : 0
    return learningRate * Float(schedule.factor(at: Double(updates) / Double(total)))
      * Float(pow(decay, Double(steps)))
  }
}
