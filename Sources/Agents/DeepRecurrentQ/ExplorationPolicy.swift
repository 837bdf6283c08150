import Tensor

/// How an agent with values acts: at random with a given probability, else by the largest value.
struct ExplorationPolicy: Sendable {
  /// Never at random.
  static let greedy = ExplorationPolicy(probability: 0, weights: [])

  /// The probability ε of a random action.
  let probability: Float
  /// Relative frequency of each action where it is random.
  private let weights: [Int]
  private let total: Int

  init(probability: Float, weights: [Int]) {
    self.probability = probability
    self.weights = weights
    total = weights.reduce(0, +)
  }

  /// The same frequencies, without a look at any value.
  var alwaysRandom: ExplorationPolicy { ExplorationPolicy(probability: 1, weights: weights) }

  /// A random action, nil where the largest value is to decide.
  func draw(using random: inout RandomStream) -> Int? {
    guard probability > 0, random.uniform() < probability else { return nil }
    var rest = random.integer(below: total)
    var action = 0
    while rest >= weights[action] {
      rest -= weights[action]
      action += 1
    }
    return action
  }
}
