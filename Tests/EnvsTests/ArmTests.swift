import Envs
import Foundation
import Tensor
import Testing

@Suite struct ArmTests {
  /// A batch of one arm in `state`.
  private static func batch(
    _ arm: PlanarArm, in state: PlanarArm.State, goal: SIMD2<Double> = SIMD2(0.5, 0.5),
    horizon: Int = 1_000_000
  ) -> BatchedEnvironment<ArmReaching> {
    var options = ArmReaching.Options()
    options.horizon = horizon
    let batch = BatchedEnvironment(
      ArmReaching(options), name: "arm", count: 1, key: RandomKey(seed: 0))
    batch.place(row: 0, in: state, of: .init(goal: goal, arm: arm))
    return batch
  }

  private static var frictionless: PlanarArm {
    var arm = PlanarArm()
    arm.damping = 0
    return arm
  }

  @Test func motionsAreThoseOfAnIndependentIntegration() throws {
    var worst = 0.0
    for motion in try SciPyNumbers.load().motions {
      let batch = Self.batch(motion.arm, in: .init(motion.start))
      for (action, expected) in zip(motion.actions, motion.states) {
        batch.step(action)
        let difference = zip(batch.state(row: 0).numbers, expected).map { abs($0 - $1) }.max()
        worst = max(worst, difference ?? .infinity)
      }
    }
    print("largest difference from SciPy's motions in 2 s: \(worst)")
    #expect(worst < 1e-4)
  }

  @Test func torquesAreThoseOfAnIndependentFormulation() throws {
    for example in try SciPyNumbers.load().inverseDynamics {
      let torques = example.arm.torques(
        for: SIMD2(example.accelerations[0], example.accelerations[1]), in: .init(example.state))
      #expect(abs(torques.x - example.torques[0]) < 1e-11)
      #expect(abs(torques.y - example.torques[1]) < 1e-11)
    }
  }

  /// Nothing but the elbow's stops could change the energy, and nothing the angular momentum; this arm
  /// has no stops.
  @Test func energyAndMomentumOfAnArmLeftAloneStay() {
    var arm = Self.frictionless
    arm.jointLimits = SIMD2(repeating: .infinity)
    let start = PlanarArm.State(shoulder: 0.3, elbow: 1, shoulderSpeed: 3, elbowSpeed: -7)
    let batch = Self.batch(arm, in: start)
    let (energy, momentum) = (arm.energy(of: start), arm.angularMomentum(of: start))
    var drift = (energy: 0.0, momentum: 0.0)
    for _ in 0..<3000 {
      batch.step([0, 0])
      let state = batch.state(row: 0)
      drift.energy = max(drift.energy, abs(arm.energy(of: state) / energy - 1))
      drift.momentum = max(drift.momentum, abs(arm.angularMomentum(of: state) / momentum - 1))
    }
    print("relative drift in 60 s: energy \(drift.energy), momentum \(drift.momentum)")
    // Measured: 2e-6 and 3e-7. Other processors round otherwise.
    #expect(drift.energy < 4e-6 && drift.momentum < 1e-6)
  }

  @Test func stopsTakeEnergyAndHold() {
    let arm = Self.frictionless
    for seed in 0..<40 {
      var random = RandomKey(seed: UInt64(seed)).stream()
      let start = PlanarArm.State(
        shoulder: random.uniformDouble(-2.9, 2.9), elbow: random.uniformDouble(-2.5, 2.5),
        shoulderSpeed: random.uniformDouble(-6, 6), elbowSpeed: random.uniformDouble(-12, 12))
      let batch = Self.batch(arm, in: start)
      var energy = arm.energy(of: start)
      for _ in 0..<500 {
        batch.step([0, 0])
        let state = batch.state(row: 0)
        #expect(arm.allows(state.angles))
        let now = arm.energy(of: state)
        #expect(now <= energy * (1 + 1e-5) + 1e-9)
        energy = now
      }
      #expect(energy < 0.9 * arm.energy(of: start))
    }
  }

  /// The elbow runs into its stop; the force of the stop acts between the links.
  @Test func theElbowsStopKeepsTheAngularMomentum() {
    var arm = Self.frictionless
    arm.jointLimits.x = .infinity
    let start = PlanarArm.State(shoulder: 0, elbow: 2, shoulderSpeed: 0.5, elbowSpeed: 5)
    let batch = Self.batch(arm, in: start)
    let momentum = arm.angularMomentum(of: start)
    var widest = 0.0
    for _ in 0..<50 {
      batch.step([0, 0])
      let state = batch.state(row: 0)
      #expect(abs(arm.angularMomentum(of: state) / momentum - 1) < 1e-6)
      widest = max(widest, state.elbow)
    }
    // It touches the stop between two steps and swings back.
    #expect(abs(widest - arm.jointLimits.y) < 1e-3)
    #expect(arm.energy(of: batch.state(row: 0)) < 0.8 * arm.energy(of: start))
  }

  @Test func jointsPushedAgainstTheirStopsStayThere() {
    let batch = Self.batch(PlanarArm(), in: .init(shoulder: 2.9, elbow: 2.5))
    for step in 0..<300 {
      batch.step([1, 1])
      let state = batch.state(row: 0)
      #expect(state.shoulder <= 3 && state.elbow <= 2.6)
      if step > 200 { #expect(state.angles == SIMD2(3, 2.6) && state.speeds == SIMD2(0, 0)) }
    }
  }

  @Test func inverseKinematicsFindsBothPoses() {
    var random = RandomKey(seed: 3).stream()
    var arm = PlanarArm()
    arm.lengths = SIMD2(0.45, 0.58)
    for _ in 0..<200 {
      let distance = random.uniformDouble(0.14, 1.02)
      let direction = random.uniformDouble(-.pi, .pi)
      let point = distance * SIMD2(cos(direction), sin(direction))
      let poses = arm.angles(reaching: point)
      #expect(poses[0].y > 0 && poses[1].y < 0)
      for angles in poses { #expect(Plane.length(arm.pose(angles).tip - point) < 1e-12) }
    }
  }

  @Test func rewardsAndCountersFollowTheirFormulas() {
    let arm = PlanarArm()
    let goal = SIMD2(0.6, 0.3)
    for seed in 0..<50 {
      var random = RandomKey(seed: UInt64(seed)).stream()
      let angles = arm.angles(reaching: goal + SIMD2(random.uniformDouble(-0.2, 0.2), 0))[0]
      let batch = Self.batch(
        arm, in: .init(shoulder: angles.x, elbow: angles.y), goal: goal)
      let action = [random.uniform(-2, 2), random.uniform(-2, 2)]
      batch.step(action)
      let clipped = action.map { Double(min(1, max(-1, $0))) }
      let tip = arm.pose(batch.state(row: 0).angles).tip
      let distance = Plane.length(goal - tip)
      let expected =
        1 / (1 + 100 * distance * distance)
        - 0.01 * (clipped[0] * clipped[0] + clipped[1] * clipped[1])
      #expect(abs(Double(batch.rewards[0]) - expected) < 1e-6)
      #expect(batch.counters[0] == (distance < 0.05 ? 1 : 0))
      #expect(abs(Double(batch.executedActions[0]) - 4 * clipped[0]) < 1e-6)
      #expect(abs(Double(batch.executedActions[1]) - 2 * clipped[1]) < 1e-6)
      let seen = (0..<10).map { Double(batch.observations[$0]) }
      let state = batch.state(row: 0)
      let expectedSeen = [
        cos(state.shoulder), sin(state.shoulder), cos(state.elbow), sin(state.elbow),
        state.shoulderSpeed, state.elbowSpeed, tip.x, tip.y, goal.x - tip.x, goal.y - tip.y,
      ]
      for (a, b) in zip(seen, expectedSeen) { #expect(abs(a - b) < 1e-6) }
    }
  }

  @Test func aTimeLimitIsNoDeath() {
    let batch = Self.batch(PlanarArm(), in: .init(shoulder: 0, elbow: 0), horizon: 7)
    for step in 1...14 {
      batch.step([1, -1])
      #expect(batch.ends[0] == (step % 7 == 0 ? .truncated : .running))
    }
  }

  @Test func goalsCanBeReached() {
    var options = ArmReaching.Options()
    options.bodies = .varied
    let environment = ArmReaching(options)
    var random = RandomKey(seed: 8).stream()
    for _ in 0..<500 {
      let task = environment.sampleTask(from: .train, using: &random)
      let poses = task.arm.angles(reaching: task.goal)
      #expect(poses.contains(where: task.arm.allows))
    }
  }

  @Test func whatACameraSeesOfTheArm() {
    let pose = PlanarArm().pose(SIMD2(0, .pi / 2))
    #expect(Plane.length(pose.tip - SIMD2(0.5, 0.5)) < 1e-15)
    #expect(abs(pose.distance(from: SIMD2(0.25, 0)) + ArmPose.linkRadius) < 1e-15)
    #expect(abs(pose.distance(from: SIMD2(0.25, -0.2)) - 0.2 + ArmPose.linkRadius) < 1e-15)
    #expect(abs(pose.distance(from: SIMD2(0.5, 0.8)) - 0.3 + ArmPose.linkRadius) < 1e-15)
    #expect(abs(pose.distance(from: SIMD2(-0.3, 0.4)) - 0.5 + ArmPose.linkRadius) < 1e-15)
  }
}
