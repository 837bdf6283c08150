/// What the length of a training is counted in where its curves are drawn.
public enum ProgressUnit: Sendable, Hashable {
  /// Updates of the parameters by a learner of sequences.
  case updates
  /// Steps taken in environments.
  case environmentSteps
  /// Hours of its world that an agent has lived through.
  case simulatedHours

  /// The title of an axis.
  public var title: String {
    switch self {
    case .updates: "updates"
    case .environmentSteps: "environment steps"
    case .simulatedHours: "simulated hours"
    }
  }
}

extension TrainingProgress {
  /// How much of `unit` has passed; NaN where it is not counted.
  public func amount(of unit: ProgressUnit) -> Double {
    switch unit {
    case .updates: Double(updates)
    case .environmentSteps: Double(environmentSteps)
    case .simulatedHours: (simulatedSeconds ?? .nan) / 3600
    }
  }
}
