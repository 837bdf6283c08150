import Glibc
import Tensor

extension Road {
  /// The largest radius of corners in metres.
  private static let largestRadius = 8.0
  /// The share of a corner's angle that its two clothoids turn by; an arc turns by the rest.
  private static let clothoidShare = 0.5

  /// A closed road with straights along the sides of the polygon `corners` and each corner rounded by
  /// a clothoid, an arc and a clothoid. The radius of an arc is the largest for which the corner
  /// takes up half of the shorter side beside it, at most 8 m. It begins in the middle of what is
  /// straight of the first side.
  public convenience init(corners: [SIMD2<Double>]) {
    let (start, segments) = Self.outline(of: corners)
    self.init(start: start, segments: segments)
  }

  /// A road around 5 to 8 random corners, counterclockwise, with no curve tighter than
  /// `smallestRadius` and a ``clearance`` of at least `clearance`, both in metres.
  public static func random(
    smallestRadius: Double, clearance: Double, using random: inout RandomStream
  ) -> Road {
    while true {
      let count = 5 + random.integer(below: 4)
      let corners = (0..<count).map { index in
        let angle = (Double(index) + random.uniformDouble(-0.3, 0.3)) * 2 * .pi / Double(count)
        return random.uniformDouble(6, 13) * SIMD2(1.2 * cos(angle), sin(angle))
      }
      let (start, segments) = outline(of: corners)
      guard self.smallestRadius(of: segments) >= smallestRadius else { continue }
      let road = Road(start: start, segments: segments)
      if road.clearance >= clearance { return road }
    }
  }

  private static func outline(
    of corners: [SIMD2<Double>]
  ) -> (start: Pose, segments: [RoadSegment]) {
    precondition(corners.count >= 3, "a closed road needs three corners")
    let count = corners.count
    let sides = corners.indices.map { corners[($0 + 1) % count] - corners[$0] }
    let lengths = sides.map(Plane.length)
    let rounded = corners.indices.map { index in
      let (before, after) = ((index + count - 1) % count, index)
      let angle = atan2(
        Plane.cross(sides[before], sides[after]), (sides[before] * sides[after]).sum())
      return RoundedCorner(
        angle: angle, room: min(lengths[before], lengths[after]) / 2,
        largestRadius: largestRadius, share: clothoidShare)
    }
    func straight(after index: Int) -> Double {
      lengths[index] - rounded[index].tangent - rounded[(index + 1) % count].tangent
    }
    var segments: [RoadSegment] = [.straight(straight(after: 0) / 2)]
    for index in 1...count {
      segments += rounded[index % count].segments
      segments.append(.straight(index < count ? straight(after: index) : straight(after: 0) / 2))
    }
    let along = sides[0] / lengths[0]
    let start = corners[0] + (rounded[0].tangent + straight(after: 0) / 2) * along
    return (Pose(position: start, heading: atan2(along.y, along.x)), segments)
  }

  /// The radius of the tightest curve in metres.
  public var smallestRadius: Double { Self.smallestRadius(of: segments) }

  private static func smallestRadius(of segments: [RoadSegment]) -> Double {
    let sharpest = segments.map { max(abs($0.startCurvature), abs($0.endCurvature)) }.max() ?? 0
    return 1 / sharpest
  }

  /// The smallest distance in metres between places that are more than 12 m apart along the road.
  public var clearance: Double {
    let stations = Array(stride(from: 0, to: length, by: 0.5))
    let points = stations.map { frame(at: $0).position }
    var smallest = Double.infinity
    for i in points.indices {
      for j in i..<points.count {
        let along = stations[j] - stations[i]
        guard min(along, length - along) > 12 else { continue }
        smallest = min(smallest, Plane.length(points[i] - points[j]))
      }
    }
    return smallest
  }
}

/// A corner of a polygon rounded by a clothoid, an arc and a clothoid.
private struct RoundedCorner {
  let segments: [RoadSegment]
  /// How much of each side beside the corner it takes up, in metres.
  let tangent: Double

  /// A corner that turns by `angle` and takes up at most `room` of the sides beside it.
  init(angle: Double, room: Double, largestRadius: Double, share: Double) {
    // Corners of all radii are similar.
    let largest = Self.segments(angle: angle, radius: largestRadius, share: share)
    let largestTangent = Self.tangent(of: largest, angle: angle)
    let scale = min(1, room / largestTangent)
    segments = Self.segments(angle: angle, radius: scale * largestRadius, share: share)
    tangent = scale * largestTangent
  }

  private static func segments(angle: Double, radius: Double, share: Double) -> [RoadSegment] {
    let curvature = (angle < 0 ? -1 : 1) / radius
    // A clothoid turns by half of what an arc of its length would.
    let clothoid = share * abs(angle) * radius
    return [
      RoadSegment(length: clothoid, from: 0, to: curvature),
      .arc(radius: radius, angle: (1 - share) * angle),
      RoadSegment(length: clothoid, from: curvature, to: 0),
    ]
  }

  /// How far the corner of the sides is from where `segments` begin and end. By symmetry their chord
  /// makes half the angle with either side.
  private static func tangent(of segments: [RoadSegment], angle: Double) -> Double {
    let start = Pose(position: SIMD2(0, 0), heading: 0)
    let (pieces, _) = Road.pieces(of: segments, from: start)
    return Plane.length(pieces[pieces.count - 1].position) / (2 * cos(angle / 2))
  }
}
