import Tensor

/// Goes right and turns at the junction: as the sign said, or always up.
struct TurningPolicy: ScriptedPolicy {
  let remembers: Bool
  private var turn = TMaze.Move.up

  init(remembers: Bool) { self.remembers = remembers }

  mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    func sees(_ sight: TMaze.Sight) -> Bool { observation[sight.rawValue] == 1 }
    if remembers {
      if sees(.up) { turn = .up }
      if sees(.down) { turn = .down }
    }
    action[0] = Float((sees(.junction) ? turn : .right).rawValue)
  }
}

extension TMaze {
  /// The rows to compare with.
  public static let referenceRows: [ScriptedRow] = [
    ScriptedRow.uniform(over: TMaze().actionSpace),
    ScriptedRow(
      name: "no memory", role: .naive,
      summary: "Goes right and always turns up: the best that can be done without memory."
    ) { TurningPolicy(remembers: false) },
    ScriptedRow(
      name: "oracle", role: .oracle, summary: "Remembers the sign: goes right and turns as it said."
    ) { TurningPolicy(remembers: true) },
  ]
}
