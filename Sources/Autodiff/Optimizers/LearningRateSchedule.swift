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

  /// One sentence on how it changes, and what for.
  public var summary: String {
    switch self {
    case .constant: "The step size stays, as most publications have it."
    case .linear: "It falls to zero in a straight line, so that noise fades towards the end."
    case .cosine: "It falls to zero along half a cosine: slowly at first and at the end."
    case .lateLinear:
      "It stays, and falls to zero in the last quarter: full steps for most of the time."
    }
  }

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
