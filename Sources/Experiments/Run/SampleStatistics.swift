import Configuration

/// A sample of numbers, such as returns, in a few figures.
public struct SampleStatistics: Sendable, Equatable, Codable {
  /// The mean.
  public let mean: Double
  /// The lower end of the 95 % interval of the mean.
  public let low: Double
  /// The upper end of the 95 % interval of the mean.
  public let high: Double
  /// The mean of the middle half.
  public let interquartileMean: Double

  /// The figures of a sample; all NaN for an empty one, an empty interval for a single value.
  ///
  /// The interval is Student's.
  public init(_ values: [Double]) {
    let estimate = Statistics.meanEstimate(values)
    mean = estimate.value
    low = estimate.interval?.lowerBound ?? estimate.value
    high = estimate.interval?.upperBound ?? estimate.value
    interquartileMean = Statistics.interquartileMean(values)
  }

  var json: JSONValue {
    .object([
      .init("mean", JSONValue(figure: mean)), .init("low", JSONValue(figure: low)),
      .init("high", JSONValue(figure: high)),
      .init("interquartileMean", JSONValue(figure: interquartileMean)),
    ])
  }

  init?(json: JSONValue?) {
    guard let mean = json?["mean"]?.figure, let low = json?["low"]?.figure,
      let high = json?["high"]?.figure, let middle = json?["interquartileMean"]?.figure
    else { return nil }
    (self.mean, self.low, self.high, interquartileMean) = (mean, low, high, middle)
  }
}
