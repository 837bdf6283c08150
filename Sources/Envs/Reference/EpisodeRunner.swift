import Tensor

/// Runs a ``ScriptedPolicy`` and collects returns.
enum EpisodeRunner {
  /// Rows stepped together.
  private static let batchSize = 64

  /// Returns of `episodes` episodes, each row's in its order, row after row.
  ///
  /// Every row runs its share, see ``EpisodeShares``. Row `i` of the policy draws from
  /// `key / "policy" / i`.
  static func run<Policy: ScriptedPolicy>(
    _ policy: Policy, episodes: Int, episodesPerTrial: Int, discount: Double, key: RandomKey,
    makeBatch: (_ count: Int) -> any VectorEnvironment
  ) -> [EpisodeReturn] {
    precondition(episodes >= 0, "cannot run \(episodes) episodes")
    let shares = EpisodeShares.shares(
      of: episodes, episodesPerTrial: episodesPerTrial, limit: batchSize)
    let firstTrials = EpisodeShares.firstTrials(of: shares, episodesPerTrial: episodesPerTrial)
    let rows = shares.count
    guard rows > 0 else { return [] }
    let batch = makeBatch(rows)
    let specification = batch.specification
    let observationSize = specification.observationSpace.count
    let actionSize = specification.actionSpace.count
    let counterCount = specification.counterNames.count
    var policies = Array(repeating: policy, count: rows)
    var streams = (0..<rows).map { (key / "policy" / $0).stream() }
    var current = Array(repeating: Running(), count: rows)
    var finished: [[EpisodeReturn]] = Array(repeating: [], count: rows)
    var remaining = episodes
    let actions = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows * actionSize)
    actions.initialize(repeating: 0)
    defer { actions.deallocate() }
    for row in 0..<rows { policies[row].begin(taskParameters: batch.taskParameters(row: row)) }

    while remaining > 0 {
      for row in 0..<rows where finished[row].count < shares[row] {
        policies[row].act(
          observation: UnsafeBufferPointer(
            start: batch.observations + row * observationSize, count: observationSize),
          reward: current[row].lastReward,
          into: UnsafeMutableBufferPointer(
            rebasing: actions[row * actionSize..<(row + 1) * actionSize]),
          using: &streams[row])
      }
      guard let start = actions.baseAddress else { break }
      batch.step(start)
      for row in 0..<rows where finished[row].count < shares[row] {
        current[row].add(batch.rewards[row], discount: discount)
        guard batch.ends[row].isEnd else { continue }
        let counters = UnsafeBufferPointer(
          start: batch.counters + row * counterCount, count: counterCount)
        var episode = current[row].result(counters: Array(counters))
        episode.trialEpisode = batch.trialEpisode(row: row)
        episode.trial = firstTrials[row] + finished[row].count / episodesPerTrial
        finished[row].append(episode)
        current[row] = Running()
        policies[row].begin(taskParameters: batch.taskParameters(row: row))
        remaining -= 1
      }
    }
    return finished.flatMap { $0 }
  }

  /// An episode under way.
  private struct Running {
    var total = 0.0
    var discounted = 0.0
    var factor = 1.0
    var length = 0
    var lastReward: Float = 0

    mutating func add(_ reward: Float, discount: Double) {
      total += Double(reward)
      discounted += factor * Double(reward)
      factor *= discount
      length += 1
      lastReward = reward
    }

    func result(counters: [Float]) -> EpisodeReturn {
      EpisodeReturn(total: total, discounted: discounted, length: length, counters: counters)
    }
  }
}
