import Glibc
import Tensor

/// Inverse kinematics and computed torque: of the two poses that reach the goal it takes the one that
/// is reached sooner, and makes each joint's error decay like that of a critically damped spring.
///
/// The torques that this takes are those of the arm it believes to have, and are cut at the limits.
///
/// Source of the control law: M. W. Spong, S. Hutchinson, M. Vidyasagar, "Robot Modeling and
/// Control", 2006, section 8.3.
struct ComputedTorquePolicy: ScriptedPolicy {
  /// How fast errors decay, in radians per second.
  private static let frequency = 7.0

  /// Whether lengths, masses and payload are those of the task, or those of the nominal arm.
  let knowsArm: Bool
  private var arm = PlanarArm()
  private var goal = SIMD2<Double>(0, 0)
  private var target: SIMD2<Double>?

  init(knowsArm: Bool) { self.knowsArm = knowsArm }

  mutating func begin(taskParameters: [Float]) {
    let numbers = taskParameters.map { Double($0) }
    goal = SIMD2(numbers[0], numbers[1])
    arm = PlanarArm()
    if knowsArm {
      arm.lengths = SIMD2(numbers[2], numbers[3])
      arm.masses = SIMD2(numbers[4], numbers[5])
      arm.payload = numbers[6]
    }
    target = nil
  }

  mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let state = PlanarArm.State(
      shoulder: Double(atan2(observation[1], observation[0])),
      elbow: Double(atan2(observation[3], observation[2])),
      shoulderSpeed: Double(observation[4]), elbowSpeed: Double(observation[5]))
    let target = target ?? chooseTarget(from: state)
    self.target = target
    let frequency = Self.frequency
    let accelerations =
      frequency * frequency * (target - state.angles) - 2 * frequency * state.speeds
    let shares = arm.torques(for: accelerations, in: state) / arm.torqueLimits
    action[0] = Float(min(1, max(-1, shares.x)))
    action[1] = Float(min(1, max(-1, shares.y)))
  }

  /// The pose that is reached sooner; the elbow moves about twice as fast as the shoulder.
  private func chooseTarget(from state: PlanarArm.State) -> SIMD2<Double> {
    func time(_ angles: SIMD2<Double>) -> Double {
      let way = angles - state.angles
      return max(abs(way.x), 0.5 * abs(way.y)) + (arm.allows(angles) ? 0 : 100)
    }
    let choices = arm.angles(reaching: goal)
    return time(choices[0]) <= time(choices[1]) ? choices[0] : choices[1]
  }
}

extension ArmReaching {
  /// The rows to compare with.
  public var referenceRows: [ScriptedRow] {
    let oracle = ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Knows goal and arm: inverse kinematics and computed torque."
    ) { ComputedTorquePolicy(knowsArm: true) }
    let naive = ScriptedRow(
      name: "nominal arm", role: .naive,
      summary: "Knows the goal and takes the arm for the nominal one."
    ) { ComputedTorquePolicy(knowsArm: false) }
    let random = ScriptedRow.uniform(over: actionSpace)
    return options.bodies == .varied ? [random, naive, oracle] : [random, oracle]
  }
}
