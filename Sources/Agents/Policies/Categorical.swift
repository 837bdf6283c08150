import Autodiff
import Glibc
import Tensor

/// A distribution over choices, inside a trace: one unnormalised log-probability per choice.
public struct Categorical {
  /// Normalised log-probabilities.
  public let logProbabilities: Value

  /// The distribution of softmax(logits).
  public init(logits: Value) { logProbabilities = logits.logSoftmax() }

  /// ln p(choice), where the choice is a row with a single 1; of width 1.
  public func logProbability(_ choice: Value) -> Value { (choice * logProbabilities).sum() }

  /// −Σ p ln p, of width 1.
  public func entropy() -> Value { -(logProbabilities.exp() * logProbabilities).sum() }

  /// Draws a choice: the first one at which the cumulated probability exceeds a uniform number.
  static func sample(
    logits: UnsafePointer<Float>, count: Int, using random: inout RandomStream
  ) -> Int {
    let largest = logits[mostLikely(logits: logits, count: count)]
    var total: Float = 0
    for i in 0..<count { total += expf(logits[i] - largest) }
    var rest = random.uniform() * total
    for i in 0..<count - 1 {
      rest -= expf(logits[i] - largest)
      if rest < 0 { return i }
    }
    return count - 1
  }

  /// softmax(logits)
  static func probabilities(logits: UnsafePointer<Float>, count: Int) -> [Float] {
    let largest = logits[mostLikely(logits: logits, count: count)]
    let weights = (0..<count).map { expf(logits[$0] - largest) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// The most likely choice, the first one of equals.
  static func mostLikely(logits: UnsafePointer<Float>, count: Int) -> Int {
    var best = 0
    for i in 1..<count where logits[i] > logits[best] { best = i }
    return best
  }
}
