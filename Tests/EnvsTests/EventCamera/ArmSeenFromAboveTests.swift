import Configuration
import Envs
import Tensor
import Testing

/// The rigid arm before an event camera.
@Suite struct ArmSeenFromAboveTests {
  private static func arm(showsGoal: Bool = true) -> ArmReaching {
    var options = ArmReaching.Options()
    options.showsGoal = showsGoal
    return ArmReaching(options)
  }

  /// Where a point of the plane lies in the image, a square of 2.6 m around the shoulder.
  private static func imagePoint(_ x: Double, _ y: Double) -> SIMD2<Float> {
    SIMD2(Float(0.5 + x / 2.6), Float(0.5 - y / 2.6))
  }

  @Test func linksAreBrightAndHideTheGoal() {
    let task = ArmReaching.Task(goal: SIMD2(0, 0.8))
    // Stretched along x, one metre.
    let state = PlanarArm.State(shoulder: 0, elbow: 0, shoulderSpeed: 0, elbowSpeed: 0)
    let seen = Self.arm().lightField(state, of: task)
    for x in [0, 0.3, 0.5, 1.0] { #expect(seen.intensity(at: Self.imagePoint(x, 0)) > 0.85) }
    for (x, y) in [(-0.2, 0.0), (1.2, 0), (0.5, 0.2), (0.5, -0.2)] {
      #expect(seen.intensity(at: Self.imagePoint(x, y)) == 0)
    }
    #expect(seen.intensity(at: Self.imagePoint(0, 0.8)) == 0.5)
    let hidden = Self.arm(showsGoal: false).lightField(state, of: task)
    #expect(hidden.intensity(at: Self.imagePoint(0, 0.8)) == 0)
    let raised = PlanarArm.State(
      shoulder: .pi / 2, elbow: 0, shoulderSpeed: 0, elbowSpeed: 0)
    let covered = Self.arm().lightField(raised, of: task)
    #expect(covered.intensity(at: Self.imagePoint(0, 0.8)) > 0.85)
  }

  /// Leaping over what is dark gives what a look at each pixel does.
  @Test(arguments: [(32, 16), (45, 23), (7, 130)], [true, false])
  func everyPixelShowsWhatLiesThere(size: (width: Int, height: Int), showsGoal: Bool) {
    let environment = Self.arm(showsGoal: showsGoal)
    let image = FloatBuffer(count: size.width * size.height)
    let pixel = SIMD2(1 / Float(size.width), 1 / Float(size.height))
    var random = RandomKey(seed: 2).stream()
    var bright = 0
    for _ in 0..<100 {
      let task = environment.sampleTask(from: .train, using: &random)
      let seen = environment.lightField(
        environment.initialState(of: task, using: &random), of: task)
      seen.render(width: size.width, height: size.height, into: image.pointer)
      for y in 0..<size.height {
        for x in 0..<size.width {
          let brightness = seen.intensity(at: (SIMD2(Float(x), Float(y)) + 0.5) * pixel)
          #expect(image.pointer[y * size.width + x] == brightness, "\(x), \(y)")
          if brightness > 0 { bright += 1 }
        }
      }
    }
    #expect(bright > size.width * size.height, "more than one hundredth of all pixels")
  }

  /// The world goes on as without a camera, which reports what moves.
  @Test func theCameraSeesMotionAndChangesNothing() throws {
    func batch(_ name: String) throws -> any VectorEnvironment {
      try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root).0
        .makeBatch(count: 3, key: RandomKey(seed: 5))
    }
    let (seen, plain) = (try batch("rigid-arm-reaching-events"), try batch("arm-reaching"))
    let actions: [Float] = [1, -1, 0.5, 0.2, -0.7, 1]
    var events = 0
    for _ in 0..<40 {
      seen.step(actions)
      plain.step(actions)
      for row in 0..<3 { #expect(abs(seen.rewards[row] - plain.rewards[row]) < 1e-5) }
      let size = seen.specification.observationSpace.count
      events += (0..<3 * size).count { seen.observations[$0] != 0 }
    }
    #expect(events > 100)
  }
}
