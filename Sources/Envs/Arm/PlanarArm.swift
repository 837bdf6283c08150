import Glibc

/// A robot arm of two links in a horizontal plane: uniform rods, a payload at the tip, two motors.
///
/// With the angles `q₁` of the upper link from the x axis and `q₂` of the lower link from the upper
/// one, lengths `lᵢ`, masses `mᵢ`, the payload `m` and damping `d`, the torques are
///
///     τ₁ = M₁₁ q₁" + M₁₂ q₂" − h (2 q₁' q₂' + q₂'²) + d q₁'
///     τ₂ = M₁₂ q₁" + M₂₂ q₂" + h q₁'² + d q₂'
///
///     M₁₁ = a + 2 b cos q₂      a = l₁² (m₁/3 + m₂ + m) + l₂² (m₂/3 + m)
///     M₁₂ = c + b cos q₂        b = l₁ l₂ (m₂/2 + m)
///     M₂₂ = c                   c = l₂² (m₂/3 + m)
///     h   = b sin q₂
///
/// A joint that reaches its limit stops without a rebound.
///
/// Source: M. W. Spong, S. Hutchinson, M. Vidyasagar, "Robot Modeling and Control", 2006, section
/// 7.3.2, with rods in place of general links.
public struct PlanarArm: Codable, Sendable, Equatable {
  /// Angles and speeds of both joints.
  public struct State: Columnar, Codable, Equatable {
    /// Angle of the upper link from the x axis, in radians.
    public var shoulder: Double
    /// Angle of the lower link from the upper one, in radians.
    public var elbow: Double
    /// Speed of the shoulder in radians per second.
    public var shoulderSpeed: Double
    /// Speed of the elbow in radians per second.
    public var elbowSpeed: Double

    /// A state.
    public init(
      shoulder: Double, elbow: Double, shoulderSpeed: Double = 0, elbowSpeed: Double = 0
    ) {
      self.shoulder = shoulder
      self.elbow = elbow
      self.shoulderSpeed = shoulderSpeed
      self.elbowSpeed = elbowSpeed
    }

    /// Both angles.
    public var angles: SIMD2<Double> { SIMD2(shoulder, elbow) }
    /// Both speeds.
    public var speeds: SIMD2<Double> { SIMD2(shoulderSpeed, elbowSpeed) }
  }

  /// Lengths of the upper and the lower link in metres.
  public var lengths = SIMD2<Double>(0.5, 0.5)
  /// Masses of the links in kilograms.
  public var masses = SIMD2<Double>(1, 1)
  /// The mass at the tip in kilograms.
  public var payload = 0.0
  /// Torque per speed that slows each joint down, in newton metre seconds.
  public var damping = 0.1
  /// The largest torques of the motors in newton metres.
  public var torqueLimits = SIMD2<Double>(4, 2)
  /// The largest angles in radians.
  public var jointLimits = SIMD2<Double>(3, 2.6)

  /// The nominal arm.
  public init() {}

  /// `a`, the inertia about the shoulder without the coupling, in kg m².
  public var inertia: Double {
    let squares = lengths * lengths
    return squares.x * (masses.x / 3 + masses.y + payload) + elbowInertia
  }
  /// `b`, what the cosine of the elbow is multiplied with, in kg m².
  public var coupling: Double { lengths.x * lengths.y * (masses.y / 2 + payload) }
  /// `c`, the inertia about the elbow, in kg m².
  public var elbowInertia: Double { lengths.y * lengths.y * (masses.y / 3 + payload) }

  /// The torques that give `state` the accelerations `accelerations` (radians per second squared).
  public func torques(
    for accelerations: SIMD2<Double>, in state: State
  ) -> SIMD2<Double> {
    let (v, a) = (state.speeds, accelerations)
    let coupled = coupling * cos(state.elbow)
    let h = coupling * sin(state.elbow)
    return SIMD2(
      (inertia + 2 * coupled) * a.x + (elbowInertia + coupled) * a.y
        - h * (2 * v.x * v.y + v.y * v.y) + damping * v.x,
      (elbowInertia + coupled) * a.x + elbowInertia * a.y + h * v.x * v.x + damping * v.y)
  }

  /// The kinetic energy in joules; there is no other, the plane is horizontal.
  public func energy(of state: State) -> Double {
    let v = state.speeds
    let coupled = coupling * cos(state.elbow)
    return 0.5 * (inertia + 2 * coupled) * v.x * v.x + (elbowInertia + coupled) * v.x * v.y
      + 0.5 * elbowInertia * v.y * v.y
  }

  /// The angular momentum about the shoulder in kg m²/s, which torques of the elbow leave alone.
  public func angularMomentum(of state: State) -> Double {
    let coupled = coupling * cos(state.elbow)
    return (inertia + 2 * coupled) * state.shoulderSpeed
      + (elbowInertia + coupled) * state.elbowSpeed
  }

  /// Where shoulder, elbow and tip are for the given angles, in metres.
  public func pose(_ angles: SIMD2<Double>) -> ArmPose {
    let elbow = lengths.x * Plane.direction(angles.x)
    let both = angles.x + angles.y
    return ArmPose(elbow: elbow, tip: elbow + lengths.y * Plane.direction(both))
  }

  /// The angles, elbow to the left and elbow to the right, that bring the tip to `point` or as near
  /// as the lengths allow. They may lie beyond the limits of the joints.
  public func angles(reaching point: SIMD2<Double>) -> [SIMD2<Double>] {
    let squares = lengths * lengths
    let cosine = ((point * point).sum() - squares.sum()) / (2 * lengths.x * lengths.y)
    let bend = acos(min(1, max(-1, cosine)))
    return [bend, -bend].map { elbow in
      let toTip = atan2(lengths.y * sin(elbow), lengths.x + lengths.y * cos(elbow))
      let shoulder = atan2(point.y, point.x) - toTip
      return SIMD2(atan2(sin(shoulder), cos(shoulder)), elbow)
    }
  }

  /// Whether the joints can have these angles.
  public func allows(_ angles: SIMD2<Double>) -> Bool {
    abs(angles.x) <= jointLimits.x && abs(angles.y) <= jointLimits.y
  }
}

/// Where the joints of an arm are in the plane; the shoulder is the origin. What a camera above the
/// plane needs to know.
public struct ArmPose: Sendable, Equatable {
  /// The elbow in metres.
  public var elbow: SIMD2<Double>
  /// The tip in metres.
  public var tip: SIMD2<Double>

  /// Half the width of the links as they are seen, in metres.
  public static let linkRadius = 0.04

  /// A pose.
  public init(elbow: SIMD2<Double>, tip: SIMD2<Double>) {
    self.elbow = elbow
    self.tip = tip
  }

  /// How far `point` is outside the links, in metres; negative inside.
  public func distance(from point: SIMD2<Double>) -> Double {
    let upper = Plane.distance(from: point, toSegment: SIMD2(0, 0), elbow)
    let lower = Plane.distance(from: point, toSegment: elbow, tip)
    return min(upper, lower) - Self.linkRadius
  }
}
