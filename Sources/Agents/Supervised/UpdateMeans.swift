import Sequences

/// Means over the updates of an iteration.
struct UpdateMeans {
  var score = ExampleScore()
  var learningRate: Float = 0
  var skipped = 0
  private var count = 0
  private var penalty = 0.0
  private var gradientNorm = 0.0

  mutating func add(
    _ score: ExampleScore, penalty: Double, gradientNorm: Double, learningRate: Float
  ) {
    self.score += score
    self.penalty += penalty
    self.gradientNorm += gradientNorm
    self.learningRate = learningRate
    count += 1
  }

  var meanPenalty: Double { penalty / Double(count) }
  var meanGradientNorm: Double { gradientNorm / Double(count) }
}
