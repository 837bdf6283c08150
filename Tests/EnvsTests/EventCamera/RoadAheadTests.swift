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
}
