import Glibc
import Tensor

/// Inverse kinematics of speeds: the tip heads straight for the middle, as fast as the joints can.
struct InverseKinematicsPolicy: ScriptedPolicy {
  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let angles = SIMD2(
      atan2(Double(observation[1]), Double(observation[0])),
      atan2(Double(observation[3]), Double(observation[2])))
    let shoulder = KinematicArmReaching.velocity(of: angles, speeds: SIMD2(1, 0))
    let elbow = KinematicArmReaching.velocity(of: angles, speeds: SIMD2(0, 1))
    // Within the plane the elbow is never straight, so that the determinant is not 0.
    let determinant = shoulder.x * elbow.y - shoulder.y * elbow.x
    let wanted = -KinematicArmReaching.tip(of: angles)
    let speeds =
      SIMD2(
        wanted.x * elbow.y - wanted.y * elbow.x, shoulder.x * wanted.y - shoulder.y * wanted.x)
      / determinant
    let command = speeds / max(Plane.length(speeds), 1e-9)
    action[0] = Float(command.x)
    action[1] = Float(command.y)
  }
}

extension KinematicArmReaching {
  /// The rows to compare with.
  public var referenceRows: [ScriptedRow] {
    let oracle = ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Knows the joints: inverse kinematics, straight to the middle."
    ) { InverseKinematicsPolicy() }
    return [.uniform(over: actionSpace), oracle]
  }
}
