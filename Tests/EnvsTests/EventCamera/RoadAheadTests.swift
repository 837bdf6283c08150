import Envs
import Foundation
import Tensor
import Testing

/// The picture of the camera on the vehicle.
@Suite struct RoadAheadTests {
  /// Filling pixels from their neighbours gives what an exact search for each of them does.
  @Test(arguments: [Track.oval, .kidney, .horseshoe, .chicane, .random], [(32, 16), (45, 23)])
  func everyPixelShowsWhatLiesThere(track: Track, size: (width: Int, height: Int)) {
    var options = LaneFollowing.Options()
    (options.track, options.startsAnywhere) = (track, true)
    let environment = LaneFollowing(options)
    let camera = GroundCamera()
    var random = RandomKey(seed: 6).stream()
    let image = FloatBuffer(count: size.width * size.height)
    var seen: Set<Float> = []
    for _ in 0..<40 {
      let task = environment.sampleTask(from: .train, using: &random)
      var state = environment.initialState(of: task, using: &random)
      // Also aslant, and from beside the road.
      state.pose.heading += random.uniformDouble(-1, 1)
      state.pose.position += SIMD2(random.uniformDouble(-2, 2), random.uniformDouble(-2, 2))
      environment.lightField(state, of: task).render(
        width: size.width, height: size.height, into: image.pointer)
      let road = environment.road(of: task)
      for y in 0..<size.height {
        for x in 0..<size.width {
          let point = camera.groundPoint(
            column: (Double(x) + 0.5) * Double(camera.columns) / Double(size.width),
            row: (Double(y) + 0.5) * Double(camera.rows) / Double(size.height))
          let brightness = point.map { point in
            let place = road.position(of: state.pose.toPlane(point))
            return Float(LaneFollowing.markings.surface(at: place).brightness)
          }
          #expect(image.pointer[y * size.width + x] == brightness ?? 0.7, "\(x), \(y)")
          seen.insert(image.pointer[y * size.width + x])
        }
      }
    }
    #expect(seen.count == RoadSurface.allCases.count + 1, "all surfaces and the sky")
  }

  /// Pixels within two millimetres of the end of a dash, where the circle that paints their row must
  /// know what it does not know.
  @Test(arguments: [Track.oval, .kidney, .horseshoe, .chicane])
  func dashesEndWhereTheyShould(track: Track) {
    var options = LaneFollowing.Options()
    options.track = track
    let environment = LaneFollowing(options)
    let (camera, markings) = (GroundCamera(), LaneFollowing.markings)
    let (width, height) = (camera.columns, camera.rows)
    let image = FloatBuffer(count: width * height)
    var random = RandomKey(seed: 7).stream()
    let task = environment.sampleTask(from: .train, using: &random)
    var state = environment.initialState(of: task, using: &random)
    let road = environment.road(of: task)
    var bright = 0
    for index in 0..<2000 {
      let (x, y) = (random.integer(below: width), 5 + random.integer(below: height - 5))
      let point = camera.groundPoint(column: Double(x) + 0.5, row: Double(y) + 0.5) ?? SIMD2(0, 0)
      let period = markings.dashes.length + markings.dashes.gap
      let end = Double(index / 2 % Int(road.length / period)) * period
      let station =
        (index % 2 == 0 ? end : end + markings.dashes.length) + random.uniformDouble(-2e-3, 2e-3)
      let frame = road.frame(at: station)
      state.pose.heading = frame.heading + random.uniformDouble(-0.6, 0.6)
      state.pose.position = SIMD2(0, 0)
      state.pose.position =
        frame.point(offset: random.uniformDouble(-0.049, 0.049)) - state.pose.toPlane(point)
      environment.lightField(state, of: task).render(
        width: width, height: height, into: image.pointer)
      let place = road.position(of: state.pose.toPlane(point))
      let brightness = Float(markings.surface(at: place).brightness)
      #expect(image.pointer[y * width + x] == brightness, "\(x), \(y) at \(station)")
      if brightness == 1 { bright += 1 }
    }
    #expect(bright > 800 && bright < 1200)
  }
}
