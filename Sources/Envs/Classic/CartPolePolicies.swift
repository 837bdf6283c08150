import Tensor

/// Pushes to the side to which a weighted sum of position, velocity, angle and angular velocity points.
struct PushingPolicy: ScriptedPolicy {
  /// Pushes to the side that the pole leans to.
  static let leaning = PushingPolicy(weights: [0, 0, 1, 0])
  /// Holds the pole upright, and the cart near the middle.
  static let balancing = PushingPolicy(weights: [0.1, 0.2, 1, 0.3])

  /// Of what is observed, in its order.
  let weights: [Float]

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let sum = zip(weights, observation).reduce(0) { $0 + $1.0 * $1.1 }
    action[0] = sum > 0 ? 1 : 0
  }
}

extension CartPole {
  /// The rows to compare with.
  public static let referenceRows: [ScriptedRow] = [
    ScriptedRow.uniform(over: CartPole().actionSpace),
    ScriptedRow(
      name: "angle alone", role: .naive,
      summary: "Pushes to the side that the pole leans to, however it moves."
    ) { PushingPolicy.leaning },
    ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Pushes by a weighted sum of all four numbers, and never fails."
    ) { PushingPolicy.balancing },
  ]
}
