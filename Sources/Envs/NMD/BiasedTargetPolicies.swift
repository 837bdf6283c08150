import Glibc
import Tensor

/// The untrained Gaussian policy of the paper: independent normal actions of variance e⁻¹.
struct UntrainedGaussianPolicy: ScriptedPolicy {
  private static let deviation = Float(exp(-0.5))

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    action[0] = Self.deviation * random.normal()
  }
}

/// Points at what is shown, as if there were no bias.
struct UnbiasedPolicy: ScriptedPolicy {
  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    action[0] = observation[0] / BiasedTarget.actionScale
  }
}

/// The Bayes-adaptive policy of ``BiasedTarget``: the best that is possible without knowing the bias.
///
/// It points at `x + d`. With `d = d₁` a hit tells the bias to within 1, and the same `d` hits for
/// ever. A miss by `v` leaves `α = v − d₁` and `α = −v − d₁`, the latter only where it is at least
/// −10. Where both remain it points beside the first, `d₂ < 1` nearer to the second: that hits if the
/// first is true, and otherwise misses by `2v − d₂`, which tells that the second is.
///
/// Should an exploiting step ever miss, because the bias was drawn anew, it begins from scratch.
public struct BayesAdaptivePolicy: ScriptedPolicy {
  /// The offset of the first step that ``best(discount:)`` finds for a discount of 0.998.
  public static let firstOffset: Float = 7.243
  /// How far the second step is off; the nearer to 1 the better, but float rounding needs room.
  public static let secondOffset: Float = 0.999

  private enum Phase {
    case first, waitingForFirst, waitingForSecond, exploiting
  }

  private var phase = Phase.first
  /// Where the action points, relative to what is shown.
  private var offset = BayesAdaptivePolicy.firstOffset
  /// The offset that the other possible bias asks for.
  private var alternative: Float = 0

  /// The policy at the beginning of an episode.
  public init() {}

  /// Forgets what was found out.
  public mutating func begin(taskParameters: [Float]) { self = Self() }

  /// Points at `x + d`.
  public mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    learn(from: reward)
    action[0] = (observation[0] + offset) / BiasedTarget.actionScale
  }

  private mutating func learn(from reward: Float) {
    let hit = reward > 0
    switch phase {
    case .first:
      phase = .waitingForFirst
    case .waitingForFirst where !hit:
      // The target lies at x − α, so the offsets to try are −α.
      let positive = -reward - Self.firstOffset
      let negative = reward - Self.firstOffset
      if negative < -10 {
        offset = -positive
        phase = .exploiting
      } else {
        offset = -positive + Self.secondOffset
        alternative = -negative
        phase = .waitingForSecond
      }
    case .waitingForSecond where !hit:
      offset = alternative
      phase = .exploiting
    case .exploiting where !hit:
      self = Self()
      phase = .waitingForFirst
    case .waitingForFirst, .waitingForSecond, .exploiting:
      phase = .exploiting
    }
  }

  /// What exploring with the given offsets costs, compared with hitting from the first step on.
  ///
  /// With `f = d₁` below 9, `s = d₂` and discount γ, averaged over the prior,
  ///
  ///     9 + (99 + f²) / 20  +  γ/20 ∫₁^{10−f} (10 + 2v − s) dv
  ///
  /// where the first two terms are the first step's loss (10 + v for a miss by v, and a hit with
  /// probability 1/10), and the integral is that of the second step, which misses with probability
  /// 1/2 where two biases remain.
  public static func explorationLoss(first f: Double, second s: Double, discount: Double) -> Double
  {
    let widest = 10 - f
    let secondStep = (10 - s) * (widest - 1) + widest * widest - 1
    return 9 + (99 + f * f) / 20 + discount / 20 * secondStep
  }

  /// The offsets of least ``explorationLoss(first:second:discount:)``, by search on a grid of 0.001.
  public static func best(discount: Double) -> (first: Double, second: Double) {
    var best = (first: 0.0, second: 0.0)
    var least = Double.infinity
    for first in stride(from: 0.0, to: 9, by: 0.001) {
      for second in [0, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999] {
        let loss = explorationLoss(first: first, second: second, discount: discount)
        if loss < least {
          least = loss
          best = (first, second)
        }
      }
    }
    return best
  }
}

extension BiasedTarget {
  /// The rows to compare with.
  public static let referenceRows: [ScriptedRow] = [
    ScriptedRow(
      name: "random", role: .random,
      summary: "An untrained Gaussian policy: network actions of variance 1/e around 0."
    ) { UntrainedGaussianPolicy() },
    ScriptedRow(
      name: "no task knowledge", role: .naive,
      summary: "Points at what is shown, ignoring the bias."
    ) { UnbiasedPolicy() },
    ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Bayes-adaptive: finds the bias in at most two steps, then always hits."
    ) { BayesAdaptivePolicy() },
  ]
}
