import Envs

/// Generalized advantage estimation (Schulman et al. 2016):
///
/// ```
/// δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ)          V(sₜ₊₁) = 0 where sₜ₊₁ is terminal
/// Aₜ = δₜ + γ λ Aₜ₊₁                   Aₜ₊₁ = 0 where an episode ended, however it ended
/// ```
///
/// A time limit ends the sum but not the world: the value of the final observation is bootstrapped.
public struct GeneralizedAdvantage: Sendable {
  /// γ
  public var discount: Double
  /// λ
  public var lambda: Double

  /// An estimator.
  public init(discount: Double, lambda: Double) {
    self.discount = discount
    self.lambda = lambda
  }

  /// Writes the advantages of one row of a time-major batch.
  ///
  /// - Parameters:
  ///   - steps: the number of steps T.
  ///   - stride: numbers between two steps of the row.
  ///   - reward: rₜ of step t at `t · stride`.
  ///   - value: V(sₜ).
  ///   - nextValue: V(sₜ₊₁), of the final observation where an episode was cut.
  ///   - end: how step t ended.
  ///   - advantage: where Aₜ goes.
  @inlinable
  public func compute(
    steps: Int, stride: Int, reward: UnsafePointer<Float>, value: UnsafePointer<Float>,
    nextValue: UnsafePointer<Float>, end: UnsafePointer<StepEnd>,
    advantage: UnsafeMutablePointer<Float>
  ) {
    var following = 0.0
    for step in (0..<steps).reversed() {
      let i = step * stride
      let next = end[i].isTerminal ? 0 : Double(nextValue[i])
      let difference = Double(reward[i]) + discount * next - Double(value[i])
      following = difference + (end[i].isEnd ? 0 : discount * lambda * following)
      advantage[i] = Float(following)
    }
  }
}
