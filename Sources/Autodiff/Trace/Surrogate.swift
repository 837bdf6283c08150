import Glibc

/// What takes the place of a spike's derivative, which is zero wherever it exists.
///
/// ```
/// ψ(v) = height · φ(v / halfWidth)        φ(0) = 1
/// ```
///
/// v is the distance from the threshold, in the unit of the spiking value.
public struct Surrogate: Hashable, Sendable {
  /// The function φ.
  public enum Shape: String, Sendable, CaseIterable {
    /// max(0, 1 − |x|): LSNN (Bellec et al. 2018) and EGRU (Subramoney et al. 2023).
    case triangle
    /// 1 where |x| < 1, else 0.
    case rectangle
    /// 1 / (1 + |x|)²: SuperSpike (Zenke & Ganguli 2018).
    case fastSigmoid
    /// 4 σ(x) (1 − σ(x)), the derivative of a sigmoid.
    case logistic
    /// 1 / (1 + x²), the derivative of the arc tangent.
    case arctangent
  }

  /// The function φ.
  public var shape: Shape
  /// The derivative at the threshold.
  public var height: Float
  /// The distance from the threshold that counts as 1.
  public var halfWidth: Float

  /// A surrogate of a shape, with its height and its half-width.
  public init(_ shape: Shape = .triangle, height: Float = 1, halfWidth: Float = 1) {
    precondition(halfWidth > 0, "a surrogate needs a width")
    self.shape = shape
    self.height = height
    self.halfWidth = halfWidth
  }

  /// Whether ψ is exactly zero from the half-width on.
  public var hasCompactSupport: Bool { shape == .triangle || shape == .rectangle }

  /// ψ(v).
  public func derivative(_ v: Double) -> Double {
    let x = v / Double(halfWidth)
    let value: Double =
      switch shape {
      case .triangle: max(0, 1 - abs(x))
      case .rectangle: abs(x) < 1 ? 1 : 0
      case .fastSigmoid: 1 / ((1 + abs(x)) * (1 + abs(x)))
      case .logistic: 1 / (cosh(x / 2) * cosh(x / 2))
      case .arctangent: 1 / (1 + x * x)
      }
    return Double(height) * value
  }

  /// The smooth step whose derivative is ψ: 0 far below the threshold.
  ///
  /// Put in the place of the spike, it makes the surrogate gradient a true one, which differences can
  /// check.
  public func integral(_ v: Double) -> Double {
    let x = v / Double(halfWidth)
    let value: Double =
      switch shape {
      case .triangle: x <= 0 ? 0.5 * pow(max(0, 1 + x), 2) : 1 - 0.5 * pow(max(0, 1 - x), 2)
      case .rectangle: 1 + min(max(x, -1), 1)
      case .fastSigmoid: 1 + x / (1 + abs(x))
      case .logistic: 4 / (1 + exp(-x))
      case .arctangent: atan(x) + .pi / 2
      }
    return Double(height) * Double(halfWidth) * value
  }
}
