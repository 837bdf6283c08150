import Envs
import Foundation
import Tensor
import Testing

@Suite struct LaneTests {
  /// With a constant steering angle the rear axle goes round a circle of the radius L / tan δ.
  @Test(arguments: [-0.4, -1e-7, 1e-3, 0.21, 0.43])
  func constantSteeringGivesACircle(steering: Double) {
    var vehicle = Vehicle()
    vehicle.wheelbase = 0.55
    vehicle.speed = 1.7
    let start = Pose(position: SIMD2(3, -2), heading: 0.7)
    let curvature = tan(steering) / vehicle.wheelbase
    var pose = start
    for step in 1...500 {
      pose = vehicle.pose(after: 0.02, from: pose, steering: steering)
      let distance = vehicle.speed * 0.02 * Double(step)
      let heading = start.heading + curvature * distance
      #expect(abs(pose.heading - heading) < 1e-11)
      let expected =
        start.position
        + SIMD2(
          sin(heading) - sin(start.heading), cos(start.heading) - cos(heading)) / curvature
      // The difference quotient above loses digits where the circle is large.
      #expect(Plane.length(pose.position - expected) < 1e-11 + 1e-15 / abs(curvature))
    }
  }

  @Test func aStraightWheelGivesAStraightLine() {
    let pose = Vehicle().pose(
      after: 2, from: Pose(position: SIMD2(0, 0), heading: 1), steering: 0)
    #expect(pose == Pose(position: 4 * SIMD2(cos(1), sin(1)), heading: 1))
  }

  @Test func theWheelTurnsAtItsRate() {
    var vehicle = Vehicle()
    vehicle.steeringGain = 0.8
    vehicle.steeringBias = 0.05
    #expect(vehicle.steering(after: 0.02, from: 0, command: 0.4) == 0.06)
    #expect(abs(vehicle.steering(after: 1, from: 0, command: 0.4) - 0.37) < 1e-15)
    #expect(vehicle.steering(after: 0.02, from: 0.3, command: -0.4) == 0.24)
    #expect(abs(vehicle.command(for: 0.37) - 0.4) < 1e-15)
  }

  /// The arc through a point on a circle that the vehicle is on is that circle.
  @Test func purePursuitHoldsACircle() {
    let vehicle = Vehicle()
    for radius in [-3.0, 2.5, 8] {
      let angle = 0.8 / radius
      let point = radius * SIMD2(sin(angle), 1 - cos(angle))
      #expect(abs(tan(vehicle.steering(pursuing: point)) - vehicle.wheelbase / radius) < 1e-12)
    }
  }

  private func batch(horizon: Int, track: Track = .oval) -> BatchedEnvironment<LaneFollowing> {
    var options = LaneFollowing.Options()
    options.horizon = horizon
    options.track = track
    return BatchedEnvironment(
      LaneFollowing(options), name: "lane", count: 1, key: RandomKey(seed: 4))
  }

  @Test func leavingTheLaneIsADeathAndATimeLimitIsNot() {
    func lengthAndEnd(horizon: Int) -> (Int, StepEnd) {
      let batch = batch(horizon: horizon)
      var steps = 0
      repeat {
        batch.step([1])
        steps += 1
      } while !batch.ends[0].isEnd
      return (steps, batch.ends[0])
    }
    let (length, end) = lengthAndEnd(horizon: 10_000)
    #expect(end == .terminated && length < 100)
    #expect(lengthAndEnd(horizon: length) == (length, .both))
    #expect(lengthAndEnd(horizon: length - 1) == (length - 1, .truncated))
  }

  @Test func whatIsKeptOfTheRoadIsWhatTheRoadSays() {
    let batch = batch(horizon: 5000, track: .horseshoe)
    let environment = batch.environment
    let road = environment.roads[0]
    var random = RandomKey(seed: 5).stream()
    for _ in 0..<3000 {
      let before = batch.state(row: 0)
      batch.step([random.uniform(-0.5, 0.5)])
      if batch.ends[0].isEnd { continue }
      let state = batch.state(row: 0)
      let frame = road.frame(at: state.station)
      let lane = frame.point(offset: LaneFollowing.markings.laneOffset + state.offset)
      #expect(Plane.length(lane - state.pose.position) < 1e-8)
      #expect(
        abs(remainder(state.pose.heading - frame.heading - state.headingError, 2 * .pi)) < 1e-8)
      let way = Plane.length(state.pose.position - before.pose.position)
      #expect(abs(way - 0.04) < 1e-4)
      let degrees = state.headingError * 180 / .pi
      let reward = exp(-0.03 * degrees * degrees) * exp(-70 * state.offset * state.offset)
      #expect(abs(Double(batch.rewards[0]) - reward) < 1e-6)
      for (index, preview) in LaneFollowing.previews.enumerated() {
        let seen = SIMD2(
          Double(batch.observations[3 + 2 * index]), Double(batch.observations[4 + 2 * index]))
        let there = road.frame(at: state.station + preview)
          .point(offset: LaneFollowing.markings.laneOffset)
        #expect(Plane.length(state.pose.toPlane(seen) - there) < 1e-5)
        #expect(Plane.length(state.pose.fromPlane(there) - seen) < 1e-5)
      }
    }
  }

  @Test(arguments: [0.5, 1, 2]) func theSpeedIsThatOfTheNominalVehicle(speed: Double) {
    var options = LaneFollowing.Options()
    (options.speed, options.track) = (speed, .oval)
    options.startsAnywhere = false
    let batch = BatchedEnvironment(
      LaneFollowing(options), name: "lane", count: 1, key: RandomKey(seed: 1))
    for _ in 0..<25 { batch.step([0]) }
    // Half a second nearly along the road.
    #expect(abs(Double(batch.counters[0]) - 0.5 * speed) < 0.01 * speed)
  }

  @Test func aLapIsAsLongAsTheLane() throws {
    let environment = LaneFollowing()
    let policy = try #require(environment.referenceRows.first { $0.role == .oracle }?.makePolicy())
    let batch = batch(horizon: 1300)
    var driver = policy
    driver.begin(taskParameters: batch.taskParameters(row: 0))
    var random = RandomKey(seed: 0).stream()
    var action: [Float] = [0]
    for _ in 0..<1250 {
      action.withUnsafeMutableBufferPointer {
        driver.act(
          observation: UnsafeBufferPointer(start: batch.observations, count: 9), reward: 0,
          into: $0, using: &random)
      }
      batch.step(action)
      #expect(!batch.ends[0].isEnd)
    }
    // 50 m along a lane that is longer than the middle by 2π times its distance.
    let road = environment.roads[0]
    let perLap = road.length / (road.length + 2 * .pi * 0.6)
    #expect(abs(Double(batch.counters[0]) / (50 * perLap) - 1) < 0.02)
  }

  /// Passing the start of the road the wrong way is no lap.
  @Test func drivingBackwardsCountsNoMetres() {
    let batch = batch(horizon: 100)
    let road = batch.environment.roads[0]
    let frame = road.frame(at: 0.01)
    var state = batch.state(row: 0)
    state.pose = Pose(
      position: frame.point(offset: LaneFollowing.markings.laneOffset),
      heading: frame.heading + .pi)
    (state.steering, state.station, state.offset, state.headingError) = (0, 0.01, 0, .pi)
    batch.place(row: 0, in: state, of: batch.task(row: 0))
    batch.step([0])
    #expect(batch.state(row: 0).station > road.length - 0.1, "the start lies behind it")
    #expect(batch.counters[0] == 0)
  }

  @Test func randomRoadsOfTrainingAndTestDiffer() {
    var options = LaneFollowing.Options()
    options.track = .random
    let environment = LaneFollowing(options)
    var random = RandomKey(seed: 6).stream()
    var seen: [TaskSplit: Set<UInt8>] = [:]
    for split in TaskSplit.allCases {
      for _ in 0..<2000 {
        seen[split, default: []].insert(environment.sampleTask(from: split, using: &random).road)
      }
    }
    #expect(seen[.train]?.count == 64 && seen[.test]?.count == 16)
    #expect(seen[.train]?.isDisjoint(with: seen[.test] ?? []) == true)
    #expect(Set(environment.roads.map(\.length)).count == 80)
  }

  @Test func aStoredRoadSuitsOtherOptions() {
    let environment = LaneFollowing()
    #expect(environment.road(of: .init(road: 77)) === environment.roads[1])
  }

  @Test func camerasSeeTheGroundWhereItIs() throws {
    let camera = GroundCamera()
    let middle = try #require(camera.groundPoint(column: 16, row: 8))
    #expect(abs(middle.x - (0.5 + 0.7 / tan(camera.pitch))) < 1e-12 && middle.y == 0)
    #expect(camera.groundPoint(column: 16, row: 0) == nil)
    for column in [0.5, 7, 31.5] {
      for row in [3.0, 9.5, 16] {
        let point = try #require(camera.groundPoint(column: column, row: row))
        let image = try #require(camera.imagePoint(of: point))
        #expect(abs(image.column - column) < 1e-10 && abs(image.row - row) < 1e-10)
        #expect((column < 16) == (point.y > 0))
      }
    }
    #expect(camera.imagePoint(of: SIMD2(-3, 0)) == nil)
    for corner in camera.footprint(reach: 5).dropFirst(2) {
      let image = try #require(camera.imagePoint(of: corner))
      #expect(abs(abs(image.column - 16) - 16) < 1e-10)
    }
  }
}
