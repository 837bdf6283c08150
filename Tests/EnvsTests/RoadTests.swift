import Envs
import Foundation
import Tensor
import Testing

@Suite struct RoadTests {
  /// A circle to the left around the origin.
  private static func circle(radius: Double) -> Road {
    Road(
      start: Pose(position: SIMD2(radius, 0), heading: .pi / 2),
      segments: [.arc(radius: radius, angle: 2 * .pi)])
  }

  private static let named = [Track.oval, .kidney, .horseshoe, .chicane]

  private static func roads(_ track: Track) -> [Road] {
    var options = LaneFollowing.Options()
    options.track = track
    return LaneFollowing(options).roads
  }

  @Test(arguments: [0.9, 3, 20.0]) func aCircleIsACircle(radius: Double) {
    let road = Self.circle(radius: radius)
    #expect(abs(road.length - 2 * .pi * radius) < 1e-12 * radius)
    #expect(road.gap.distance < 1e-11 && abs(road.gap.angle) < 1e-12)
    for step in 0..<100 {
      let angle = -2 * Double.pi + 0.17 * Double(step)
      let frame = road.frame(at: angle * radius)
      // What Gauss and Legendre's rule leaves of each piece, over a lap.
      let error = 1e-11 + road.length * 4 * pow(1 / radius, 6) * pow(0.25, 7) / 2_016_000
      #expect(Plane.length(frame.position - radius * SIMD2(cos(angle), sin(angle))) < error)
      #expect(Plane.length(frame.direction - SIMD2(-sin(angle), cos(angle))) < 1e-11)
      #expect(abs(frame.curvature - 1 / radius) < 1e-12)
    }
  }

  /// To the left of the middle is inside the circle.
  @Test func distancesFromACircleAreExact() {
    let road = Self.circle(radius: 5)
    var random = RandomKey(seed: 1).stream()
    for _ in 0..<1000 {
      let (distance, angle) = (random.uniformDouble(1.5, 8.5), random.uniformDouble(0, 6.28))
      let position = road.position(of: distance * SIMD2(cos(angle), sin(angle)))
      #expect(abs(position.offset - (5 - distance)) < 1e-9)
      #expect(abs(position.station - 5 * angle) < 1e-9)
    }
  }

  @Test func clothoidsEndWhereFresnelsIntegralsSay() throws {
    for clothoid in try SciPyNumbers.load().clothoids {
      let road = Road(
        start: Pose(position: SIMD2(0, 0), heading: 0),
        segments: [RoadSegment(length: clothoid.length, from: 0, to: clothoid.curvature)])
      // The end itself is the start of the next lap.
      let frame = road.frame(at: clothoid.length.nextDown)
      let end = SIMD2(clothoid.end[0], clothoid.end[1])
      #expect(Plane.length(frame.position - end) < 1e-10)
      #expect(abs(frame.heading - clothoid.length * clothoid.curvature / 2) < 1e-10)
    }
  }

  @Test(arguments: Track.allCases) func tracksCloseSmoothly(track: Track) {
    let roads = Self.roads(track)
    #expect(roads.count == (track == .random ? 80 : track == .fixed ? 4 : 1))
    for road in roads {
      #expect(road.gap.distance < 1e-9 && abs(road.gap.angle) < 1e-9)
      let turn = road.segments.reduce(0) { $0 + $1.turn }
      #expect(abs(turn - 2 * .pi) < 1e-9)
      #expect(road.smallestRadius >= 3 && road.clearance >= 5)
      let last = road.segments[road.segments.count - 1]
      for (a, b) in zip([last] + road.segments, road.segments) {
        #expect(a.endCurvature == b.startCurvature)
      }
    }
  }

  @Test(arguments: named) func stationsAreLengthsAlongTheRoad(track: Track) {
    let road = Self.roads(track)[0]
    let parts = 40_000
    var length = 0.0
    var before = road.frame(at: 0)
    for part in 1...parts {
      let frame = road.frame(at: Double(part) * road.length / Double(parts))
      length += Plane.length(frame.position - before.position)
      // The curvature is the rate of the direction.
      let turn = Plane.cross(before.direction, frame.direction) / (road.length / Double(parts))
      #expect(abs(turn - (before.curvature + frame.curvature) / 2) < 2e-3)
      before = frame
    }
    #expect(abs(length - road.length) < 1e-6)
  }

  @Test(arguments: Track.allCases) func placesAreFoundAgain(track: Track) {
    var random = RandomKey(seed: 2).stream()
    for road in Self.roads(track) {
      for _ in 0..<300 {
        let station = random.uniformDouble(0, road.length)
        let offset = random.uniformDouble(-2, 2)
        let frame = road.frame(at: station)
        let position = road.position(of: frame.point(offset: offset))
        #expect(abs(position.offset - offset) < 1e-9)
        #expect(abs(position.station - station) < 1e-8)
        #expect(abs(position.curvature - frame.curvature) < 1e-8)
      }
    }
  }

  /// Anywhere in the plane, also where no road is near.
  @Test(arguments: named) func offsetsAreNeverLessThanTheDistance(track: Track) {
    let road = Self.roads(track)[0]
    let line = road.line(offset: 0, spacing: 0.05)
    let chords = Array(zip(line, line.dropFirst()))
    let (low, high) = road.bounds
    var random = RandomKey(seed: 3).stream()
    for _ in 0..<300 {
      let point = SIMD2(
        random.uniformDouble(low.x - 8, high.x + 8), random.uniformDouble(low.y - 8, high.y + 8))
      let distances = chords.map { Plane.distance(from: point, toSegment: $0.0, $0.1) }
      let nearest = distances.min() ?? .infinity
      let offset = abs(road.position(of: point).offset)
      #expect(offset > nearest - 1e-4)
      if nearest < 2.5 { #expect(offset < nearest + 1e-4) }
    }
  }

  /// Also around corners without clothoids, where the curvature jumps.
  @Test(arguments: [Track.oval, .kidney, .horseshoe, .chicane, .random, nil])
  func boundsOfOffsetsHoldAndLeaveSurfacesAsTheyAre(track: Track?) {
    let stadium = Road(
      start: Pose(position: SIMD2(0, 0), heading: 0),
      segments: [
        .straight(9), .arc(radius: 3, angle: .pi), .straight(9), .arc(radius: 3, angle: .pi),
      ])
    let markings = RoadMarkings()
    var random = RandomKey(seed: 4).stream()
    for road in track.map({ Array(Self.roads($0).prefix(8)) }) ?? [stadium] {
      let (low, high) = road.bounds
      var decided = 0
      for index in 0..<4000 {
        // Half of the points are on the road or close to it.
        let point =
          index % 2 == 0
          ? SIMD2(
            random.uniformDouble(low.x - 6, high.x + 6),
            random.uniformDouble(low.y - 6, high.y + 6))
          : road.frame(at: random.uniformDouble(0, road.length)).point(
            offset: random.uniformDouble(-1.8, 1.8))
        let (bounds, position) = (road.offsets(of: point), road.position(of: point))
        #expect(bounds.least <= abs(position.offset) && abs(position.offset) <= bounds.most)
        let (surface, radius) = markings.surface(at: point, beside: road)
        #expect(surface == markings.surface(at: position))
        let way = random.uniformDouble(0, 0.999 * radius)
        let close = point + way * Plane.direction(random.uniformDouble(0, 2 * .pi))
        #expect(way == 0 || surface == markings.surface(at: road.position(of: close)))
        if radius > 0 { decided += 1 }
      }
      #expect(decided > 3000)
    }
  }

  @Test func aPointThatIsNotANumberHasNoPlace() {
    #expect(Self.roads(.oval)[0].position(of: SIMD2(.nan, 1)).offset.isNaN)
  }

  @Test func surfacesLieWhereTheMarkingsSay() {
    let road = Self.circle(radius: 10)
    let markings = RoadMarkings()
    func surface(_ offset: Double, station: Double = 1) -> RoadSurface {
      markings.surface(at: road.position(of: road.frame(at: station).point(offset: offset)))
    }
    for side in [-1.0, 1] {
      #expect(surface(side * 0.6) == .asphalt && surface(side * 1.2) == .marking)
      #expect(surface(side * 1.3) == .asphalt && surface(side * 1.4) == .kerb)
      #expect(surface(side * 1.6) == .ground && surface(side * 3) == .ground)
    }
    #expect(surface(0, station: 0.4) == .marking && surface(0, station: 1.2) == .asphalt)
    #expect(surface(0, station: 2) == .marking)
  }
}
