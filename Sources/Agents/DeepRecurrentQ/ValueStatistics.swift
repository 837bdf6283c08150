import Envs

/// Means of what the episodes and updates of one iteration report.
struct ValueStatistics {
  private var episodes = 0
  private var total = 0.0
  private var discounted = 0.0
  private var length = 0.0
  private var counters: [Double]
  private var updates = 0
  private var squaredError = 0.0
  private var value = 0.0
  private var gradientNorm = 0.0
  private var historyLength = 0.0

  init(counters: Int) { self.counters = Array(repeating: 0, count: counters) }

  mutating func add(_ episode: EpisodeReturn) {
    episodes += 1
    total += episode.total
    discounted += episode.discounted
    length += Double(episode.length)
    for i in counters.indices { counters[i] += Double(episode.counters[i]) }
  }

  mutating func add(squaredError: Double, value: Double, gradientNorm: Double, length: Double) {
    updates += 1
    self.squaredError += squaredError
    self.value += value
    self.gradientNorm += gradientNorm
    historyLength += length
  }

  /// The figures; those of updates are NaN where there were none.
  func metrics(counterNames: [String]) -> [Metric] {
    let (episodes, updates) = (Double(episodes), Double(updates))
    return [
      Metric("train/return", total / episodes),
      Metric("train/discountedReturn", discounted / episodes),
      Metric("train/length", length / episodes),
    ]
      + zip(counterNames, counters).map { Metric("train/\($0)", $1 / episodes) }
      + [
        Metric("value/loss", squaredError / updates), Metric("value/mean", value / updates),
        Metric("update/gradientNorm", gradientNorm / updates),
        Metric("replay/historyLength", historyLength / updates),
      ]
  }
}
