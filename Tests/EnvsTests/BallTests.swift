import Envs
import Foundation
import Tensor
import Testing

@Suite struct BallTests {
  private func batch(
    _ task: BallReaching.Task, at position: SIMD2<Double>
  ) -> BatchedEnvironment<BallReaching> {
    let batch = BatchedEnvironment(
      BallReaching(), name: "ball", count: 1, key: RandomKey(seed: 0))
    batch.place(row: 0, in: .init(position: position), of: task)
    return batch
  }

  @Test func theBallMovesAsCommandedAndRotated() {
    for rotation in [0, 0.5, -2.0] {
      for (command, share) in [(SIMD2(0.6, 0), 0.6), (SIMD2(3, 4), 1)] as [(SIMD2<Double>, Double)]
      {
        let batch = batch(.init(rotation: rotation), at: SIMD2(5, 5))
        batch.step([Float(command.x), Float(command.y)])
        let direction = atan2(command.y, command.x) + rotation
        let expected = SIMD2(5, 5) + 0.04 * share * SIMD2(cos(direction), sin(direction))
        #expect(Plane.length(batch.state(row: 0).position - expected) < 1e-8)
      }
    }
  }

  /// 10 (1 − β / 60°) v / (2 m/s), to either side.
  @Test func rewardsFallWithTheAngle() {
    for (degrees, speed, reward) in [
      (0, 1, 10), (0, 0.5, 5), (30, 1, 5), (-30, 1, 5), (45, 0.4, 1), (60, 1, 0), (61, 1, 0),
      (180, 1, 0),
    ] as [(Double, Double, Double)] {
      let batch = batch(.init(goal: SIMD2(-1, 1)), at: SIMD2(6, 1))
      let angle = .pi + degrees * .pi / 180
      batch.step([Float(speed * cos(angle)), Float(speed * sin(angle))])
      #expect(abs(Double(batch.rewards[0]) - reward) < 1e-4, "\(degrees)")
    }
  }

  @Test func reachedGoalsPutTheBallAway() {
    let batch = batch(.init(), at: SIMD2(2.05, 0))
    batch.step([-1, 0])
    #expect(batch.counters[0] == 0)
    batch.step([-1, 0])
    #expect(batch.counters[0] == 1 && batch.ends[0] == .running)
    let distance = Plane.length(batch.state(row: 0).position)
    #expect(distance >= 6 && distance <= 9)
  }

  @Test func theBallStaysOnThePlane() {
    let batch = batch(.init(), at: SIMD2(9.99, -9.99))
    for _ in 0..<10 { batch.step([1, -1]) }
    #expect(batch.state(row: 0).position == SIMD2(10, -10))
  }
}
