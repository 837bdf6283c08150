import Tensor

/// Lets the first group fire at its highest rate, whatever is shown: chance.
struct OneGroupPolicy: ScriptedPolicy {
  let groups: Int

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    for output in action.indices {
      action[output] = output % groups == 0 ? PatternMatching.mostSpikes : 0
    }
  }
}

/// Finds out by the reward which group each pattern belongs to, remembers it, and lets it fire at its
/// highest rate while the pattern is shown.
///
/// A new pattern is tried with as few spikes as give a group the lead. There is a reward in the same
/// step if it is the right one; otherwise the next group takes the lead in the next step.
struct RememberingGroupPolicy: ScriptedPolicy {
  let groups: Int
  /// The patterns seen, with the group that is believed to be right.
  private var known: [(pattern: [Float], group: Int, isCertain: Bool)] = []
  /// Which of them is shown; nil for the background.
  private var shown: Int?
  /// Spikes of each group in this phase.
  private var spikes: [Float]
  /// Steps of this phase.
  private var steps = 0

  init(groups: Int) {
    self.groups = groups
    spikes = Array(repeating: 0, count: groups)
  }

  mutating func begin(taskParameters: [Float]) { self = Self(groups: groups) }

  mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    for output in action.indices { action[output] = 0 }
    guard observation.contains(where: { $0 != SpikePattern.background }) else {
      shown = nil
      return
    }
    if let shown { learn(shown, from: reward) } else { beginPhase(observation) }
    guard let shown else { return }
    let group = known[shown].group
    // Later spikes would drop out of the window, and with them the count.
    let isTried = !known[shown].isCertain && steps < PatternMatching.window
    var missing = known[shown].isCertain ? Float.infinity : isTried ? lead(over: group) : 0
    for output in action.indices where output % groups == group && missing > 0 {
      action[output] = min(PatternMatching.mostSpikes, missing)
      missing -= action[output]
      spikes[group] += action[output]
    }
    steps += 1
  }

  /// Spikes that the group lacks to have the highest rate.
  private func lead(over group: Int) -> Float {
    let best = spikes.indices.reduce(0) { $1 == group ? $0 : max($0, spikes[$1]) }
    return best + 1 - spikes[group]
  }

  private mutating func beginPhase(_ observation: UnsafeBufferPointer<Float>) {
    for group in spikes.indices { spikes[group] = 0 }
    steps = 0
    shown = known.firstIndex { $0.pattern.elementsEqual(observation) }
    guard shown == nil else { return }
    known.append((Array(observation), 0, false))
    shown = known.count - 1
  }

  private mutating func learn(_ shown: Int, from reward: Float) {
    guard !known[shown].isCertain else { return }
    if reward > 0 {
      known[shown].isCertain = true
    } else if lead(over: known[shown].group) <= 0 {
      known[shown].group = (known[shown].group + 1) % groups
    }
  }
}

extension PatternMatching {
  /// The rows to compare with.
  public var referenceRows: [ScriptedRow] {
    let groups = options.groups
    return [
      ScriptedRow.uniform(over: actionSpace),
      ScriptedRow(
        name: "one group", role: .naive,
        summary: "Lets one group fire, whatever is shown: right as often as chance."
      ) { OneGroupPolicy(groups: groups) },
      ScriptedRow(
        name: "oracle", role: .oracle,
        summary: "Finds the group of each pattern by the reward, remembers it and lets it fire."
      ) { RememberingGroupPolicy(groups: groups) },
    ]
  }
}
