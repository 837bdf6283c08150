import Tensor

/// A figure with the interval it is known to lie in.
public struct IntervalEstimate: Sendable, Hashable, Codable {
  /// The figure.
  public let value: Double
  /// The interval, or nil where the sample is too small to tell.
  public let interval: ClosedRange<Double>?

  /// A figure and its interval.
  public init(value: Double, interval: ClosedRange<Double>?) {
    self.value = value
    self.interval = interval
  }
}

extension Statistics {
  /// The mean with Student's interval; one value has none.
  public static func meanEstimate(
    _ values: [Double], confidence: Double = 0.95
  ) -> IntervalEstimate {
    let center = mean(values)
    guard let error = standardError(values), error.isFinite else {
      return IntervalEstimate(value: center, interval: nil)
    }
    let half =
      error * StudentT(degrees: Double(values.count - 1)).quantile(0.5 + confidence / 2)
    return IntervalEstimate(value: center, interval: (center - half)...(center + half))
  }

  /// The interquartile mean over all values with its stratified bootstrap interval.
  ///
  /// - Parameters:
  ///   - strata: The runs of each task. Every resample draws, task by task, as many runs as the
  ///     task has, with replacement.
  ///   - resamples: How many samples the percentiles are taken from.
  ///   - confidence: The fraction of the resamples inside the interval.
  ///   - stream: Where chance comes from; the same stream gives the same interval.
  /// - Returns: The estimate; without an interval where no task has two runs or a value is not a
  ///   finite number.
  public static func interquartileMeanEstimate(
    strata: [[Double]], resamples: Int = 2000, confidence: Double = 0.95,
    using stream: inout RandomStream
  ) -> IntervalEstimate {
    let all = strata.flatMap { $0 }
    let value = interquartileMean(all)
    guard resamples > 0, strata.contains(where: { $0.count > 1 }),
      all.allSatisfy({ $0.isFinite })
    else { return IntervalEstimate(value: value, interval: nil) }
    var drawn = all
    var means: [Double] = []
    means.reserveCapacity(resamples)
    for _ in 0..<resamples {
      var i = 0
      for stratum in strata {
        for _ in stratum.indices {
          drawn[i] = stratum[stream.integer(below: stratum.count)]
          i += 1
        }
      }
      means.append(interquartileMean(drawn))
    }
    means.sort()
    let lower = percentile(0.5 - confidence / 2, ofSorted: means)
    let upper = percentile(0.5 + confidence / 2, ofSorted: means)
    return IntervalEstimate(value: value, interval: lower...upper)
  }
}
