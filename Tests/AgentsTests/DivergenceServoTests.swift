import Agents
import Foundation
import Testing

@Suite struct DivergenceServoTests {
  static let target = 0.003

  /// The weight and the rate factor after `divergences`, each a multiple of the target.
  static func servo(after divergences: [Double], weight: Double = 1) -> DivergenceServo {
    var servo = DivergenceServo(target: target, weight: weight)
    for divergence in divergences { _ = servo.observe(divergence * target) }
    return servo
  }

  static func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * abs(b) }

  @Test(arguments: [
    (0.0, DivergenceServo.Verdict.accept, 1 / 1.5), (0.49, .accept, 1 / 1.5), (0.51, .accept, 1),
    (1, .accept, 1), (1.99, .accept, 1), (2.01, .accept, 1.5), (3.99, .accept, 1.5),
    (4.01, .rollBack, 2.25), (1e6, .rollBack, 2.25), (.infinity, .rollBack, 2.25),
    (.nan, .rollBack, 1.5),
  ])
  func everyBranch(_ multiple: Double, _ verdict: DivergenceServo.Verdict, _ weight: Double) {
    var servo = DivergenceServo(target: Self.target, weight: 1)
    #expect(servo.observe(multiple * Self.target) == verdict)
    #expect(Self.isNear(servo.weight, weight), "\(servo.weight)")
    #expect(servo.rateFactor == 1)
  }

  /// β ends at 35; beyond 30 the learning rate shrinks, also after a rollback, but not after NaN.
  @Test func atTheUpperBound() {
    #expect(Self.servo(after: [3], weight: 25).weight == 35)
    #expect(Self.isNear(Self.servo(after: [3], weight: 25).rateFactor, 1 / 1.5))
    #expect(Self.servo(after: [3], weight: 20).rateFactor == 1)
    #expect(Self.isNear(Self.servo(after: [3], weight: 20.1).rateFactor, 1 / 1.5))
    #expect(
      Self.isNear(Self.servo(after: [3, 3, 5], weight: 35).rateFactor, 1 / (1.5 * 1.5 * 1.5)))
    #expect(Self.servo(after: [5], weight: 35).weight == 35)
    let failed = Self.servo(after: [.nan], weight: 35)
    #expect(failed.weight == 35 && failed.rateFactor == 1)
    // A lower divergence takes β away from its bound; the factor stays.
    let relaxed = Self.servo(after: [3, 0.1], weight: 35)
    #expect(Self.isNear(relaxed.weight, 35 / 1.5) && Self.isNear(relaxed.rateFactor, 1 / 1.5))
  }

  /// β ends at 1/35; below 1/30 the learning rate grows.
  @Test func atTheLowerBound() {
    let low = Self.servo(after: [0.1], weight: 1.0 / 35)
    #expect(Self.isNear(low.weight, 1.0 / 35) && Self.isNear(low.rateFactor, 1.5))
    #expect(Self.servo(after: [0.1], weight: 1.5 / 29).rateFactor == 1)
    #expect(Self.isNear(Self.servo(after: [0.1, 0.1], weight: 0.03).rateFactor, 2.25))
  }

  /// A weight that begins beyond the bounds comes back to them.
  @Test func fromBeyondTheBounds() {
    #expect(Self.servo(after: [3], weight: 0).weight == 1 / 35.0)
    #expect(Self.servo(after: [0.1], weight: 1000).weight == 35)
    #expect(Self.servo(after: [1], weight: 1000).weight == 1000)
  }

  /// A schedule scales every threshold.
  @Test func aFallingTarget() {
    for (multiple, weight) in [(0.49, 1 / 1.5), (0.51, 1), (1.99, 1), (2.01, 1.5), (4.01, 2.25)] {
      var servo = DivergenceServo(target: Self.target, weight: 1)
      _ = servo.observe(0.1 * multiple * Self.target, scale: 0.1)
      #expect(Self.isNear(servo.weight, weight), "\(multiple): \(servo.weight)")
    }
  }

  /// What is not a number is counted until a number comes.
  @Test func failuresInARow() {
    #expect(Self.servo(after: [1, .nan, .nan]).failures == 2)
    #expect(Self.servo(after: [.nan, .nan, 1]).failures == 0)
  }

  @Test func survivesStorage() throws {
    let servo = Self.servo(after: [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 5, 0.1])
    let data = try JSONEncoder().encode(servo)
    #expect(try JSONDecoder().decode(DivergenceServo.self, from: data) == servo)
  }
}
