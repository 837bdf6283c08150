import Glibc

/// A vehicle as the kinematic single-track ("bicycle") model sees it: the rear wheel rolls straight
/// ahead, the front wheel where it is steered.
///
/// With the wheelbase `L`, the steering angle `δ` and the distance `d` that the rear axle rolls, the
/// rear axle moves on an arc of the curvature κ = tan δ / L, exactly:
///
///     ψ ← ψ + κ d
///     p ← p + d sinc(κ d / 2) (cos, sin)(ψ + κ d / 2)
///
/// Source: R. Rajamani, "Vehicle Dynamics and Control", 2012, section 2.2, without side slip of the
/// rear axle.
public struct Vehicle: Codable, Sendable, Equatable {
  /// The distance of the axles in metres.
  public var wheelbase = 0.5
  /// The speed of the rear axle in metres per second.
  public var speed = 2.0
  /// What commanded steering angles are multiplied with.
  public var steeringGain = 1.0
  /// What is added to commanded steering angles, in radians.
  public var steeringBias = 0.0

  /// The largest steering angle that can be commanded, in radians.
  public static let steeringLimit = 25 * Double.pi / 180
  /// How fast the wheel turns, in radians per second.
  public static let steeringRate = 3.0
  /// The size of the body as it is seen, in metres.
  public static let width = 0.4
  /// How far the body reaches beyond each axle, in metres.
  public static let overhang = 0.12

  /// The nominal vehicle.
  public init() {}

  /// The steering angle after `time` seconds in which `command` (radians) is asked for, beginning
  /// with the angle `steering`.
  public func steering(after time: Double, from steering: Double, command: Double) -> Double {
    let wanted = steeringGain * command + steeringBias
    let most = Self.steeringRate * time
    return steering + min(most, max(-most, wanted - steering))
  }

  /// The command that holds the steering angle `steering`.
  public func command(for steering: Double) -> Double { (steering - steeringBias) / steeringGain }

  /// The pose of the rear axle after `time` seconds with a constant steering angle.
  public func pose(after time: Double, from pose: Pose, steering: Double) -> Pose {
    let distance = speed * time
    let half = 0.5 * distance * tan(steering) / wheelbase
    let chord = distance * (abs(half) < 1e-4 ? 1 - half * half / 6 : sin(half) / half)
    let direction = pose.heading + half
    return Pose(
      position: pose.position + chord * Plane.direction(direction),
      heading: pose.heading + 2 * half)
  }

  /// The steering angle of pure pursuit: the arc from the rear axle through `point`, which is given in
  /// metres ahead and to the left.
  ///
  /// Source: R. C. Coulter, "Implementation of the pure pursuit path tracking algorithm",
  /// CMU-RI-TR-92-01, 1992.
  public func steering(pursuing point: SIMD2<Double>) -> Double {
    atan(2 * wheelbase * point.y / (point * point).sum())
  }
}
