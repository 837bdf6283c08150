import Configuration

/// A sample of numbers, such as returns, in a few figures.
public struct SampleStatistics: Sendable, Equatable, Codable {
  /// The mean.
  public let mean: Double
  /// The 95 % interval of the mean, nil where there are too few values to tell.
  public let interval: ClosedRange<Double>?
  /// The mean of the middle half.
  public let interquartileMean: Double

  /// The figures of a sample; all NaN for an empty one, and no interval for a single value.
  ///
  /// The interval is Student's.
  public init(_ values: [Double]) {
    let estimate = Statistics.meanEstimate(values)
    mean = estimate.value
    interval = estimate.interval
    interquartileMean = Statistics.interquartileMean(values)
  }

  var json: JSONValue {
    .object([
      .init("mean", JSONValue(figure: mean)),
      .init("low", JSONValue(figure: interval?.lowerBound ?? .nan)),
      .init("high", JSONValue(figure: interval?.upperBound ?? .nan)),
      .init("interquartileMean", JSONValue(figure: interquartileMean)),
    ])
  }

  init?(json: JSONValue?) {
    guard let mean = json?["mean"]?.figure, let low = json?["low"]?.figure,
      let high = json?["high"]?.figure, let middle = json?["interquartileMean"]?.figure
    else { return nil }
    (self.mean, interquartileMean) = (mean, middle)
    interval = low <= high ? low...high : nil
  }

  /// The interval for people.
  var intervalText: String {
    interval.map { "\(RunReport.figure($0.lowerBound)) … \(RunReport.figure($0.upperBound))" }
      ?? "–"
  }
}
