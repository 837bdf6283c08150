import Agents
import Foundation
import Tensor
import Testing

/// What a regression explains of samples that it has not seen, where the answer is known.
@Suite struct RegressionTests {
  private static let key = RandomKey(seed: 4)

  /// Inputs drawn from a standard normal distribution, with targets made from them.
  private static func regression(
    samples: Int = 300, inputs: Int, target: ([Double], inout RandomStream) -> [Double]
  ) -> Regression {
    var random = (key / "samples").stream()
    let rows = (0..<samples).map { _ in (0..<inputs).map { _ in Double(random.normal()) } }
    return Regression(inputs: rows, targets: rows.map { target($0, &random) })
  }

  /// y = 2 x₀ − x₁ + noise of variance 1: at most 5/6 of the variance can be explained.
  @Test func aLinearRelation() {
    let regression = Self.regression(samples: 3000, inputs: 3) { x, random in
      [2 * x[0] - x[1] + Double(random.normal())]
    }
    #expect(abs(regression.linear() - 5.0 / 6) < 0.03)
    #expect(abs(regression.hiddenLayer(key: Self.key) - 5.0 / 6) < 0.04)
  }

  /// y = (sin 2x₀, |x₁|): linear regression can see half of the first and nothing of the second.
  @Test func aRelationThatIsNotLinear() {
    let regression = Self.regression(inputs: 2) { x, _ in [sin(2 * x[0]), abs(x[1])] }
    #expect(regression.linear() < 0.3)
    #expect(regression.hiddenLayer(key: Self.key) > 0.9)
  }

  /// Noise explains nothing; without a penalty 32 units would learn it by heart and explain far less
  /// than nothing of other samples.
  @Test(arguments: [100, 300]) func noiseIsNotLearnedByHeart(samples: Int) {
    let regression = Self.regression(samples: samples, inputs: 20) { _, random in
      [Double(random.normal())]
    }
    #expect(abs(regression.linear()) < 0.15, "\(regression.linear())")
    let hidden = regression.hiddenLayer(key: Self.key)
    #expect(abs(hidden) < 0.15, "\(hidden)")
  }

  @Test func shuffledTargetsAreNotExplained() {
    let regression = Self.regression(inputs: 5) { x, _ in [x[0]] }
    #expect(regression.linear() > 0.999)
    var random = (Self.key / "shuffle").stream()
    #expect(regression.shuffled(using: &random).linear() < 0.1)
  }

  /// Inputs that say nothing at all, and a target that never changes.
  @Test func nothingToExplain() {
    let constant = Self.regression(inputs: 3) { _, _ in [1] }
    #expect(constant.linear().isNaN)
    let dumb = Regression(
      inputs: (0..<100).map { _ in [3, 3] }, targets: (0..<100).map { [Double($0 % 7)] })
    #expect(abs(dumb.linear()) < 0.05)
    #expect(abs(dumb.hiddenLayer(key: Self.key)) < 0.05)
  }
}
