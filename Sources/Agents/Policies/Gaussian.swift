import Autodiff
import Glibc
import Tensor

/// A diagonal Gaussian over actions, inside a trace: mean μ and log-variance `lv`, a row each.
public struct Gaussian {
  /// μ
  public let mean: Value
  /// ln σ²
  public let logVariance: Value

  /// A Gaussian.
  public init(mean: Value, logVariance: Value) {
    self.mean = mean
    self.logVariance = logVariance
  }

  /// Added to variances that divide, as the NMD net's code does.
  static let varianceFloor: Float = 1e-6

  /// ln p(action) without the constant −½ d ln 2π; of width 1.
  public func logProbability(_ action: Value) -> Value {
    let distance = (action - mean).squared() / (logVariance.exp() + Self.varianceFloor)
    return -0.5 * (logVariance + distance).sum()
  }

  /// KL(old ‖ self), of width 1.
  public func divergence(from old: Gaussian) -> Value {
    let variance = logVariance.exp() + Self.varianceFloor
    let terms =
      logVariance - old.logVariance + (old.logVariance - logVariance).exp()
      + (mean - old.mean).squared() / variance
    return 0.5 * (terms.sum() - Float(mean.width))
  }

  /// The differential entropy, of width 1.
  public func entropy() -> Value {
    0.5 * logVariance.sum() + 0.5 * Float(mean.width) * (1 + Float.log(2 * .pi))
  }

  /// Draws an action of `size` numbers for each row, μ + σ ε, with a stream of its own.
  static func sample(
    mean: UnsafePointer<Float>, logVariance: UnsafePointer<Float>, size: Int,
    using random: inout [RandomStream], into action: UnsafeMutablePointer<Float>
  ) {
    for row in random.indices {
      for i in row * size..<(row + 1) * size {
        action[i] = mean[i] + expf(0.5 * logVariance[i]) * random[row].normal()
      }
    }
  }
}

extension Float {
  fileprivate static func log(_ x: Float) -> Float { logf(x) }
}
