import Configuration
import Envs
import Tensor
import Testing

/// The rules of the three benchmarks in cases that can be worked out by hand.
@Suite struct NMDGeometryTests {
  private func near(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> Bool {
    WrappedPlane.distance(a, b) < 1e-5
  }

  // MARK: The plane

  @Test func headingsOfActions() {
    let pi = Float.pi
    #expect(WrappedPlane.heading(ofAction: 0) == 2 * pi)
    #expect(WrappedPlane.heading(ofAction: 0.5) == 0.5 * pi)
    #expect(WrappedPlane.heading(ofAction: 1) == pi)
    #expect(WrappedPlane.heading(ofAction: -1) == pi)
    #expect(abs(WrappedPlane.heading(ofAction: -0.25) - 1.75 * pi) < 1e-6)
    #expect(abs(WrappedPlane.heading(ofAction: 2.5) - 0.5 * pi) < 1e-6)
    #expect(WrappedPlane.heading(ofAction: 2) == 0)
    #expect(WrappedPlane.heading(ofAction: -2) == 2 * pi)
    for degrees in stride(from: -175, through: 180, by: 5) {
      let action = Float(degrees) / 180
      let there = WrappedPlane.action(
        towards: WrappedPlane.displacement(heading: WrappedPlane.heading(ofAction: action)))
      #expect(abs(there - action) < 1e-6)
    }
  }

  @Test func thePlaneWrapsOnce() {
    #expect(WrappedPlane.wrap([2, -2]) == [2, -2])
    #expect(near(WrappedPlane.wrap([2.1, 0]), [-1.9, 0]))
    #expect(near(WrappedPlane.wrap([-2.25, 2.5]), [1.75, -1.5]))
  }

  // MARK: Benchmark 1

  private func biased(bias: Float, at position: Float) -> BatchedEnvironment<BiasedTarget> {
    let batch = BatchedEnvironment(
      BiasedTarget(), name: "b1", count: 1, key: RandomKey(seed: 2))
    batch.place(row: 0, in: .init(position: position), of: .init(bias: bias))
    return batch
  }

  @Test func benchmark1RewardsAndClips() {
    // The target of x = 2 with a bias of 3 is −1.
    for (action, executed, reward) in [
      (Float(-0.2), Float(-1), Float(10)), (-0.01, -0.05, 10), (0, 0, -1), (0.5, 2.5, -3.5),
      (3, 15, -16), (4, 20, -20), (100, 20, -20), (-100, -20, -19),
    ] {
      let batch = biased(bias: 3, at: 2)
      batch.step([action])
      #expect(abs(batch.executedActions[0] - executed) < 1e-6)
      #expect(abs(batch.rewards[0] - reward) < 1e-5)
      #expect(batch.counters[0] == (reward > 0 ? 1 : 0))
      #expect((batch.observations[0] == 2) == (reward < 0), "only a hit draws a new number")
      #expect(batch.ends[0] == .running)
      #expect(batch.taskParameters(row: 0) == [3])
    }
  }

  @Test func benchmark1DrawsNewBiases() throws {
    let batch = biased(bias: 3, at: 2)
    batch.edit("redrawGoal", row: 0)
    #expect(batch.task(row: 0).bias != 3 && batch.observations[0] == 2)
    var options = BiasedTarget.Options()
    options.goalRedrawProbability = 1
    let restless = BatchedEnvironment(
      BiasedTarget(options), name: "b1", count: 1, key: RandomKey(seed: 2))
    restless.place(row: 0, in: .init(position: 0), of: .init(bias: 0))
    restless.step([0.5])
    #expect(restless.task(row: 0).bias == 0, "a miss keeps the bias")
    restless.step([0])
    #expect(restless.rewards[0] == 10 && restless.task(row: 0).bias != 0)
  }

  // MARK: Benchmark 2

  private func windy(
    at position: SIMD2<Float>, target: SIMD2<Float>, wind: Float, stepReward: Float = -2
  ) -> BatchedEnvironment<WindyNavigation> {
    var options = WindyNavigation.Options()
    options.stepReward = stepReward
    let batch = BatchedEnvironment(
      WindyNavigation(options), name: "b2", count: 1, key: RandomKey(seed: 2))
    batch.place(
      row: 0, in: .init(position: position), of: .init(target: target, wind: wind))
    return batch
  }

  @Test func benchmark2MovesAndIsBlown() {
    for stepReward: Float in [-2, -0.2] {
      var gusts: [Float] = []
      for _ in 0..<300 {
        let batch = windy(at: [-1, -1], target: [1, 1], wind: 0, stepReward: stepReward)
        for _ in 0..<gusts.count % 7 { batch.step([0]) }
        batch.place(
          row: 0, in: .init(position: [-1, -1]), of: .init(target: [1, 1], wind: 0))
        batch.step([0.5])
        #expect(batch.rewards[0] == stepReward)
        let blown = batch.state(row: 0).position - [-1, -0.75]
        #expect(abs(WrappedPlane.distance(blown, .zero) - 0.25) < 1e-5)
        #expect(blown.x >= 0.25 * 0.7071 - 1e-5, "the wind stays within 45° of its direction")
        gusts.append(blown.y)
      }
      #expect(Set(gusts).count == 7, "the wind turns from step to step")
    }
  }

  @Test func benchmark2WrapsTheMoverAndNotTheDifference() {
    let batch = windy(at: [1.9, 0], target: [-1, 0], wind: 0)
    #expect(batch.observations[0] == -2.9)
    batch.step([0])
    let position = batch.state(row: 0).position
    #expect(position.x < -1.5 && position.x > -2)
    #expect(abs(batch.observations[0] - (-1 - position.x)) < 1e-6)
    #expect(batch.observations[0] > 0.5)
  }

  @Test func benchmark2HitsWhereTheStepBegins() {
    let inside = windy(at: [0.9, 0.5], target: [0.5, 0.5], wind: 0)
    inside.step([0.3])
    #expect(inside.rewards[0] == 100 && inside.counters[0] == 1)
    #expect(abs(inside.executedActions[0] - 0.3 * .pi) < 1e-6)
    #expect(inside.task(row: 0).target == [0.5, 0.5], "the target stays")
    // 0.42 away, moving inwards: pays only in the next step.
    let outside = windy(at: [0.92, 0.5], target: [0.5, 0.5], wind: .pi)
    outside.step([1])
    #expect(outside.rewards[0] == -2 && outside.counters[0] == 0)
    #expect(WrappedPlane.distance(outside.state(row: 0).position, [0.5, 0.5]) < 0.4)
    outside.step([1])
    #expect(outside.rewards[0] == 100)
  }

  @Test func benchmark2TeleportsFarEnough() {
    let batch = windy(at: [0.1, 0], target: .zero, wind: 0)
    var positions: [SIMD2<Float>] = []
    for _ in 0..<2000 {
      batch.place(row: 0, in: .init(position: .zero), of: .init(target: .zero, wind: 0))
      batch.step([0])
      positions.append(batch.state(row: 0).position)
    }
    #expect(positions.allSatisfy { WrappedPlane.distance($0, .zero) > 0.6 })
    #expect(positions.allSatisfy { abs($0.x) <= 1.5 && abs($0.y) <= 1.5 })
    #expect(positions.contains { WrappedPlane.distance($0, .zero) < 0.7 })
    #expect(positions.contains { $0.x > 1.45 } && positions.contains { $0.y < -1.45 })
  }

  @Test func benchmark2Edits() {
    let batch = windy(at: [-1, -1], target: [0.5, 0.5], wind: 1)
    batch.edit("redrawWind", row: 0)
    #expect(batch.task(row: 0).target == [0.5, 0.5] && batch.task(row: 0).wind != 1)
    let wind = batch.task(row: 0).wind
    batch.edit("redrawTarget", row: 0)
    let target = batch.task(row: 0).target
    #expect(batch.task(row: 0).wind == wind && target != [0.5, 0.5])
    #expect(batch.observations[0] == target.x + 1 && batch.observations[1] == target.y + 1)
    #expect(batch.state(row: 0).position == [-1, -1])
  }

  // MARK: Benchmark 3

  private func targets(
    at position: SIMD2<Float>, good: SIMD2<Float>, bad: SIMD2<Float>, firstIsGood: Bool
  ) -> BatchedEnvironment<TwoTargets> {
    let batch = BatchedEnvironment(
      TwoTargets(), name: "b3", count: 1, key: RandomKey(seed: 2))
    batch.place(
      row: 0, in: .init(position: position),
      of: .init(
        first: firstIsGood ? good : bad, second: firstIsGood ? bad : good,
        firstIsGood: firstIsGood))
    return batch
  }

  @Test(arguments: [true, false]) func benchmark3PaysForTheNearerTarget(firstIsGood: Bool) {
    for (x, reward) in [(Float(-1), Float(0)), (-0.3, 100), (0.1, 100), (0.2, -50), (0.6, -50)] {
      let batch = targets(
        at: [x, 0], good: .zero, bad: [0.3, 0], firstIsGood: firstIsGood)
      let slots = (0..<4).map { batch.observations[$0] }
      #expect(slots == (firstIsGood ? [-x, 0, 0.3 - x, 0] : [0.3 - x, 0, -x, 0]))
      batch.step([0.5])
      #expect(batch.rewards[0] == reward)
      #expect(batch.counters[0] == (reward > 0 ? 1 : 0))
      #expect(batch.counters[1] == (reward < 0 ? 1 : 0))
      let position = batch.state(row: 0).position
      if reward == 0 {
        #expect(near(position, [x, 0.25]))
      } else {
        #expect(WrappedPlane.distance(position, .zero) > 0.6)
        #expect(WrappedPlane.distance(position, [0.3, 0]) > 0.6)
      }
    }
  }

  @Test func benchmark3WrapsWithoutWind() {
    let batch = targets(at: [0, 1.9], good: .zero, bad: [0.9, 0.9], firstIsGood: true)
    batch.step([0.5])
    #expect(near(batch.state(row: 0).position, [0, -1.85]))
    #expect(abs(batch.observations[1] - 1.85) < 1e-5)
  }

  @Test func benchmark3SwapsRolesAndNotPlaces() {
    let batch = targets(at: [-0.2, 0], good: .zero, bad: [0.5, 0.5], firstIsGood: true)
    let before = (0..<4).map { batch.observations[$0] }
    batch.edit("swapTargets", row: 0)
    #expect((0..<4).map { batch.observations[$0] } == before)
    #expect(batch.taskParameters(row: 0) == [0, 0, 0.5, 0.5, 0])
    batch.step([0])
    #expect(batch.rewards[0] == -50)
  }

  // MARK: Options

  @Test func optionsAreReadAndChecked() throws {
    let registry = Registry<EnvironmentFactory>.standard
    let (factory, resolved) = try registry.make(
      .object([.init("name", .string("nmd-benchmark2")), .init("horizon", .number(7))]),
      at: .root)
    #expect(factory.specification.horizon == 7)
    #expect(resolved["stepReward"] == .number("-2"))
    #expect(throws: ConfigurationError.self) {
      try registry.make(
        .object([.init("name", .string("nmd-benchmark1")), .init("horizon", .number(0))]),
        at: .root)
    }
    #expect(
      try registry.make(.string("nmd-benchmark3"), at: .root).0.specification.horizon == 5000)
    #expect(registry.entries.map(\.name).prefix(3).allSatisfy { $0.hasPrefix("nmd-benchmark") })
  }
}
