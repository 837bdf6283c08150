import Glibc

/// A stretch of road whose curvature changes linearly along its length: a straight, an arc or a
/// clothoid between them. Curvatures are in 1/m, positive to the left.
public struct RoadSegment: Sendable, Equatable {
  /// The length in metres.
  public var length: Double
  /// The curvature where it begins.
  public var startCurvature: Double
  /// The curvature where it ends.
  public var endCurvature: Double

  /// A segment.
  public init(length: Double, from startCurvature: Double, to endCurvature: Double) {
    self.length = length
    self.startCurvature = startCurvature
    self.endCurvature = endCurvature
  }

  /// A straight.
  public static func straight(_ length: Double) -> Self {
    Self(length: length, from: 0, to: 0)
  }

  /// An arc that turns by `angle` radians, to the left where positive.
  public static func arc(radius: Double, angle: Double) -> Self {
    let curvature = (angle < 0 ? -1 : 1) / radius
    return Self(length: abs(angle) * radius, from: curvature, to: curvature)
  }

  /// The change of direction in radians.
  public var turn: Double { length * (startCurvature + endCurvature) / 2 }
}

/// A place and a direction in the plane.
public struct Pose: Codable, Sendable, Equatable {
  /// The place in metres.
  public var position: SIMD2<Double>
  /// The direction in radians from the x axis.
  public var heading: Double

  /// A pose.
  public init(position: SIMD2<Double>, heading: Double) {
    self.position = position
    self.heading = heading
  }

  /// `point`, given in metres ahead and to the left of the pose, in the plane.
  public func toPlane(_ point: SIMD2<Double>) -> SIMD2<Double> {
    position + Plane.rotate(point, by: Plane.direction(heading))
  }

  /// `point` of the plane in metres ahead and to the left of the pose.
  public func fromPlane(_ point: SIMD2<Double>) -> SIMD2<Double> {
    Plane.rotate(point - position, by: Plane.direction(-heading))
  }
}

/// A short piece of a segment with its beginning in the plane, from which any point of it follows
/// without a trigonometric function.
struct RoadPiece: Sendable {
  /// Metres from the start of the road.
  var start: Double
  /// Where it begins.
  var position: SIMD2<Double>
  /// Cosine and sine of the direction there.
  var direction: SIMD2<Double>
  /// The direction there in radians.
  var heading: Double
  /// The curvature there in 1/m.
  var curvature: Double
  /// The change of curvature per metre, in 1/m².
  var rate: Double

  /// The road `distance` metres into the piece.
  ///
  /// The position is the integral of the direction by Gauss and Legendre's rule with three nodes,
  /// whose error is about κ⁶ distance⁷ / 2016000: 4 · 10⁻¹⁴ m for a piece of 0.25 m with a radius of
  /// 3 m.
  @inline(__always)
  func frame(at distance: Double) -> RoadFrame {
    if curvature == 0 && rate == 0 {
      return RoadFrame(
        position: position + distance * direction, direction: direction, heading: heading,
        curvature: 0)
    }
    let node = 0.3872983346207417  // √0.6 / 2
    let middle = Self.rotation(turn(to: 0.5 * distance))
    let first = Self.rotation(turn(to: (0.5 - node) * distance))
    let last = Self.rotation(turn(to: (0.5 + node) * distance))
    let chord = (distance / 18) * (5 * (first + last) + 8 * middle)
    let turn = turn(to: distance)
    return RoadFrame(
      position: position + Plane.rotate(chord, by: direction),
      direction: Plane.rotate(Self.rotation(turn), by: direction),
      heading: heading + turn, curvature: curvature + rate * distance)
  }

  /// The change of direction from the beginning to `distance`.
  func turn(to distance: Double) -> Double {
    distance * (curvature + 0.5 * rate * distance)
  }

  /// Cosine and sine by their Taylor sums, whose first omitted terms are below 3 · 10⁻¹³ up to 0.25.
  /// Factors instead of quotients, because divisions would take most of the time of a step.
  @inline(__always)
  private static func rotation(_ angle: Double) -> SIMD2<Double> {
    let square = angle * angle
    var cosine = 1 - square * (1 / 56.0)
    cosine = 1 - square * (1 / 30.0) * cosine
    cosine = 1 - square * (1 / 12.0) * cosine
    cosine = 1 - square * (1 / 2.0) * cosine
    var sine = 1 - square * (1 / 72.0)
    sine = 1 - square * (1 / 42.0) * sine
    sine = 1 - square * (1 / 20.0) * sine
    sine = 1 - square * (1 / 6.0) * sine
    return SIMD2(cosine, angle * sine)
  }
}

/// The middle of the road at one place.
public struct RoadFrame: Sendable, Equatable {
  /// Where it is, in metres.
  public var position: SIMD2<Double>
  /// Cosine and sine of the direction of the road.
  public var direction: SIMD2<Double>
  /// The direction in radians; it grows by the whole turn from one lap to the next.
  public var heading: Double
  /// The curvature in 1/m, positive to the left.
  public var curvature: Double

  /// The point `offset` metres to the left of the middle.
  public func point(offset: Double) -> SIMD2<Double> {
    position + offset * SIMD2(-direction.y, direction.x)
  }
}
