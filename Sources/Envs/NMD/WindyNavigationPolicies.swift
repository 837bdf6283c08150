import Tensor

/// Heads straight for the target as it is seen, ignoring the wind.
struct StraightPolicy: ScriptedPolicy {
  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    action[0] = WrappedPlane.action(towards: SIMD2(observation[0], observation[1]))
  }
}

/// Knows the wind and follows the ``WindPlan`` for it.
struct WindPlanPolicy: ScriptedPolicy {
  private let plans = WindPlans.shared
  private var wind: Float = 0

  mutating func begin(taskParameters: [Float]) { wind = taskParameters[2] }

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let difference = SIMD2(observation[0], observation[1])
    action[0] = plans.heading(for: difference, wind: wind) / Float.pi
  }
}

extension WindyNavigation {
  /// The rows to compare with.
  public static let referenceRows: [ScriptedRow] = [
    ScriptedRow.uniform(over: WindyNavigation().actionSpace),
    ScriptedRow(
      name: "no task knowledge", role: .naive,
      summary: "Heads straight for the target as it is seen, ignoring the wind."
    ) { StraightPolicy() },
    ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Knows the wind: value iteration on the wrapped relative position."
    ) { WindPlanPolicy() },
  ]
}
