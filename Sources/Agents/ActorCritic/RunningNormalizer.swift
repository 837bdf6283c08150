import Tensor

/// Running mean and variance of each component, to bring observations to a common scale. It belongs to
/// the agent: it is stored with it and used in tests.
struct RunningNormalizer: Codable, Sendable {
  private(set) var count = 0.0
  private(set) var mean: [Double]
  private(set) var squares: [Double]
  /// Normalised numbers are cut at ± this.
  static let limit: Float = 10

  init(size: Int) {
    mean = Array(repeating: 0, count: size)
    squares = Array(repeating: 0, count: size)
  }

  /// Takes in `rows` rows (Welford 1962).
  mutating func observe(_ numbers: UnsafePointer<Float>, rows: Int) {
    let size = mean.count
    for row in 0..<rows {
      count += 1
      for i in 0..<size {
        let x = Double(numbers[row * size + i])
        let difference = x - mean[i]
        mean[i] += difference / count
        squares[i] += difference * (x - mean[i])
      }
    }
  }

  /// The standard deviation of a component, 1 before there are two numbers.
  func deviation(_ component: Int) -> Double {
    count < 2 ? 1 : max((squares[component] / count).squareRoot(), 1e-4)
  }

  /// Writes (x − mean) / deviation.
  func normalize(
    _ numbers: UnsafePointer<Float>, rows: Int, into result: UnsafeMutablePointer<Float>
  ) {
    let size = mean.count
    for i in 0..<size {
      let (center, scale) = (mean[i], 1 / deviation(i))
      for row in 0..<rows {
        let x = Float((Double(numbers[row * size + i]) - center) * scale)
        result[row * size + i] = min(max(x, -Self.limit), Self.limit)
      }
    }
  }
}

/// What becomes of a reward before it is learned from.
struct RewardScale: Sendable {
  var factor: Float
  /// Scaled rewards are cut at ± this.
  var limit: Float

  /// Rewards as they are.
  static let none = RewardScale(factor: 1, limit: .infinity)

  func callAsFunction(_ reward: Float) -> Float { min(max(reward * factor, -limit), limit) }
}

/// Scales rewards by the standard deviation of the discounted return.
struct RewardNormalizer: Codable, Sendable {
  private var statistics = RunningNormalizer(size: 1)
  private(set) var running: [Float]
  let discount: Float

  init(rows: Int, discount: Double) {
    running = Array(repeating: 0, count: rows)
    self.discount = Float(discount)
  }

  /// While all returns have been equal, they say nothing of a scale.
  var scale: RewardScale {
    let hasVaried = statistics.squares[0] > 0
    return RewardScale(
      factor: hasVaried ? Float(1 / statistics.deviation(0)) : 1, limit: RunningNormalizer.limit)
  }

  /// Takes in the reward of one row; `isEnd` begins its return anew.
  mutating func observe(_ reward: Float, row: Int, isEnd: Bool) {
    running[row] = running[row] * discount + reward
    withUnsafePointer(to: running[row]) { statistics.observe($0, rows: 1) }
    if isEnd { running[row] = 0 }
  }
}
