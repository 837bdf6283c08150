import Tensor

/// The course of the demonstrations with trials: wait for U(0.5, 1) s, then a trial of up to 10 s, and
/// after a success 0.3 s of reward. Steps last 15 ms.
public struct TrialCycle: Codable, Sendable, Equatable {
  /// What happens at present.
  enum Phase: String, Codable, Sendable {
    case waiting, trial, reward
  }

  /// Milliseconds of a step.
  static let stepMilliseconds = 15
  private static let rewardSteps = steps(of: 0.3)
  private static let trialSteps = steps(of: 10)

  private(set) var phase = Phase.waiting
  private var remaining: Int

  /// Waiting.
  init(using random: inout RandomStream) { remaining = Self.waitingSteps(using: &random) }

  /// Whole steps of a duration in seconds.
  static func steps(of seconds: Double) -> Int {
    Int((seconds * 1000 / Double(stepMilliseconds)).rounded())
  }

  private static func waitingSteps(using random: inout RandomStream) -> Int {
    steps(of: random.uniformDouble(0.5, 1))
  }

  /// Ends a step; `succeeded` says whether the trial reached its aim in it. Gives the phase that begins
  /// thereby, nil where the phase goes on.
  mutating func advance(succeeded: Bool, using random: inout RandomStream) -> Phase? {
    remaining -= 1
    switch phase {
    case .trial where succeeded: begin(.reward, steps: Self.rewardSteps)
    case _ where remaining > 0: return nil
    case .waiting: begin(.trial, steps: Self.trialSteps)
    case .trial, .reward: begin(.waiting, steps: Self.waitingSteps(using: &random))
    }
    return phase
  }

  private mutating func begin(_ next: Phase, steps: Int) {
    phase = next
    remaining = steps
  }
}
