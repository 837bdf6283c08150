import Tensor

/// Heads straight for the nearer target as it is seen, good or bad.
struct NearerTargetPolicy: ScriptedPolicy {
  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let first = SIMD2(observation[0], observation[1])
    let second = SIMD2(observation[2], observation[3])
    let isFirstNearer = (first * first).sum() <= (second * second).sum()
    action[0] = WrappedPlane.action(towards: isFirstNearer ? first : second)
  }
}

/// Knows which target is good: of 48 headings it takes the one whose next position is nearest to the
/// good centre, leaving out next positions within 0.42 of the bad centre that are nearer to the bad
/// than to the good one. Where that leaves none, it leaves out nothing.
struct GoodTargetPolicy: ScriptedPolicy {
  private static let headings = 48
  private static let berth: Float = 0.42
  private static let steps: [SIMD2<Float>] = (0..<headings).map {
    WrappedPlane.displacement(heading: 2 * .pi * Float($0) / Float(headings))
  }

  private var first = SIMD2<Float>.zero
  private var firstIsGood = false

  mutating func begin(taskParameters: [Float]) {
    first = SIMD2(taskParameters[0], taskParameters[1])
    firstIsGood = taskParameters[4] > 0.5
  }

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let toFirst = SIMD2(observation[0], observation[1])
    let toSecond = SIMD2(observation[2], observation[3])
    let position = first - toFirst
    let second = position + toSecond
    let (good, bad) = firstIsGood ? (first, second) : (second, first)
    let heading =
      Self.bestHeading(from: position, good: good, bad: bad, avoiding: true)
      ?? Self.bestHeading(from: position, good: good, bad: bad, avoiding: false)
    action[0] = 2 * Float(heading ?? 0) / Float(Self.headings)
  }

  private static func bestHeading(
    from position: SIMD2<Float>, good: SIMD2<Float>, bad: SIMD2<Float>, avoiding: Bool
  ) -> Int? {
    var best: Int?
    var least = Float.infinity
    for (heading, step) in steps.enumerated() {
      let next = WrappedPlane.wrap(position + step)
      let toGood = WrappedPlane.distance(next, good)
      let toBad = WrappedPlane.distance(next, bad)
      if avoiding && toBad <= berth && toBad < toGood { continue }
      if toGood < least {
        least = toGood
        best = heading
      }
    }
    return best
  }
}

extension TwoTargets {
  /// The rows to compare with.
  public static let referenceRows: [ScriptedRow] = [
    ScriptedRow.uniform(over: TwoTargets().actionSpace),
    ScriptedRow(
      name: "no task knowledge", role: .naive,
      summary: "Heads straight for the nearer target, good or bad."
    ) { NearerTargetPolicy() },
    ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Knows the good target, heads for it and gives the bad one a berth."
    ) { GoodTargetPolicy() },
  ]
}
