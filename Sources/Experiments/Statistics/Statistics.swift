/// Figures that summarise a sample. An empty sample gives NaN.
public enum Statistics {
  /// The arithmetic mean.
  public static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The standard error of the mean, or nil for fewer than two values.
  public static func standardError(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let center = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }

  /// The mean of the middle half: a quarter of the values, rounded down, is cut off at either end.
  ///
  /// This is the interquartile mean of Agarwal et al., "Deep reinforcement learning at the edge of
  /// the statistical precipice", NeurIPS 2021.
  public static func interquartileMean(_ values: [Double]) -> Double {
    let cut = values.count / 4
    return mean(Array(values.sorted().dropFirst(cut).dropLast(cut)))
  }

  /// The value below which the fraction `probability` of `sorted` lies, linear between neighbours.
  public static func percentile(_ probability: Double, ofSorted sorted: [Double]) -> Double {
    guard let last = sorted.last else { return .nan }
    let place = min(max(probability, 0), 1) * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return last }
    return sorted[index] + (sorted[index + 1] - sorted[index]) * (place - Double(index))
  }

  /// For every value the mean of it and the `window - 1` before it, or of as many as there are.
  ///
  /// Values that are not finite count as missing; where the whole window is missing, so is the mean.
  public static func runningMean(_ values: [Double], window: Int) -> [Double] {
    precondition(window > 0, "a running mean needs a window of at least one value")
    var sum = 0.0
    var count = 0
    return values.indices.map { i in
      let first = max(0, i - window + 1)
      if i % window == 0 {  // a fresh sum now and then keeps rounding from adding up
        let finite = values[first...i].filter { $0.isFinite }
        (sum, count) = (finite.reduce(0, +), finite.count)
      } else {
        if values[i].isFinite { (sum, count) = (sum + values[i], count + 1) }
        if i >= window, values[i - window].isFinite {
          (sum, count) = (sum - values[i - window], count - 1)
        }
      }
      return count == 0 ? .nan : sum / Double(count)
    }
  }
}
