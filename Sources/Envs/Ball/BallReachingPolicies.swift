import Glibc
import Tensor

/// Heads straight for the goal at full speed, and undoes the rotation of commands if it knows it.
struct StraightToGoalPolicy: ScriptedPolicy {
  let environment: BallReaching
  let knowsRotation: Bool
  private var goal = SIMD2<Double>(0, 0)
  private var rotation = 0.0

  init(environment: BallReaching, knowsRotation: Bool) {
    self.environment = environment
    self.knowsRotation = knowsRotation
  }

  mutating func begin(taskParameters: [Float]) {
    goal = SIMD2(Double(taskParameters[0]), Double(taskParameters[1]))
    rotation = knowsRotation ? Double(taskParameters[2]) : 0
  }

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let seen = SIMD2(Double(observation[0]), Double(observation[1]))
    let difference = environment.options.showsGoal ? seen : goal - seen
    let heading = atan2(difference.y, difference.x) - rotation
    action[0] = Float(cos(heading))
    action[1] = Float(sin(heading))
  }
}

extension BallReaching {
  /// The rows to compare with.
  public var referenceRows: [ScriptedRow] {
    let environment = self
    let random = ScriptedRow.uniform(over: actionSpace)
    let naive = ScriptedRow(
      name: "no rotation", role: .naive,
      summary: "Heads straight for the goal, ignoring the rotation."
    ) { StraightToGoalPolicy(environment: environment, knowsRotation: false) }
    let oracle = ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Knows goal and rotation: straight to the goal at full speed."
    ) { StraightToGoalPolicy(environment: environment, knowsRotation: true) }
    return options.largestRotation > 0 ? [random, naive, oracle] : [random, oracle]
  }
}
