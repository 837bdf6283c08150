import Glibc

/// Seconds of a clock that never goes back.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Seconds per step in several turns.
struct Timing {
  private(set) var turns: [Double] = []

  mutating func add(_ secondsPerStep: Double) { turns.append(secondsPerStep) }

  /// The middle turn; the mean of two where their number is even.
  var median: Double {
    let sorted = turns.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The fastest turn.
  var minimum: Double { turns.min() ?? .nan }
}
