/// Holds the divergence between successive policies near a target by two means: the weight β of its
/// penalty, and, where β reaches its bounds, a factor of the learning rate.
///
/// Source: released code of the NMD paper; the scheme follows Schulman et al. 2017, section 4.
public struct DivergenceServo: Codable, Sendable, Equatable {
  /// What to do with the update that was measured.
  public enum Verdict: Sendable, Equatable {
    /// Keep it.
    case accept
    /// Undo it: parameters and optimizer go back, and β grows.
    case rollBack
  }

  /// The divergence aimed at.
  public let target: Double
  /// The weight β of the penalty.
  public private(set) var weight: Double
  /// The factor of the learning rate.
  public private(set) var rateFactor = 1.0
  /// Updates in a row whose divergence was not a number.
  public private(set) var failures = 0

  /// A servo at the beginning of a training.
  public init(target: Double, weight: Double) {
    self.target = target
    self.weight = weight
  }

  /// Changes keep the weight between 1/35 and 35.
  private static func bounded(_ weight: Double) -> Double { min(max(weight, 1 / 35.0), 35) }

  /// Reacts to the divergence of a finished update.
  ///
  /// - Parameter scale: the part of the target that is aimed at; below 1 where a schedule falls.
  public mutating func observe(_ divergence: Double, scale: Double = 1) -> Verdict {
    let target = target * scale
    var verdict = Verdict.accept
    failures = divergence.isNaN ? failures + 1 : 0
    if divergence.isNaN || divergence > 4 * target {
      verdict = .rollBack
      weight = Self.bounded(1.5 * weight)
    }
    // The second rule also sees a divergence that has just been rolled back.
    if divergence > 2 * target {
      weight = Self.bounded(1.5 * weight)
      if weight > 30 { rateFactor /= 1.5 }
    } else if divergence < target / 2 {
      weight = Self.bounded(weight / 1.5)
      if weight < 1 / 30.0 { rateFactor *= 1.5 }
    }
    return verdict
  }
}
