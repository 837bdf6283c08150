import Glibc

/// How a learning rate changes over a training.
public enum LearningRateSchedule: String, Sendable, CaseIterable {
  /// It stays.
  case constant
  /// It falls to zero in a straight line.
  case linear
  /// It falls to zero along half a cosine.
  case cosine
  /// It stays for three quarters of the training, then falls to zero in a straight line.
  case lateLinear

  /// The factor at `progress`, the finished part of the training from 0 to 1.
  public func factor(at progress: Double) -> Double {
    let progress = min(max(progress, 0), 1)
    switch self {
    case .constant: return 1
    case .linear: return 1 - progress
    case .cosine: return 0.5 * (1 + cos(.pi * progress))
    case .lateLinear: return min(1, 4 * (1 - progress))
    }
  }
}
