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
  public init(_ values: [Double]) { self.init(values, independent: values) }

  /// The figures of a sample of clusters: values of one cluster depend on each other, those of different
  /// ones do not. The interval is Student's over clusters, of which each weighs as much as it has values.
  public init(clusters: [[Double]]) {
    let values = clusters.flatMap { $0 }
    guard values.count > clusters.count else {
      self.init(values)
      return
    }
    let center = Statistics.mean(values)
    // Of clusters of one size, the mean of each.
    let size = Double(values.count) / Double(clusters.count)
    let means = clusters.map { $0.reduce(center) { $0 + ($1 - center) / size } }
    self.init(values, independent: means)
  }

  private init(_ values: [Double], independent: [Double]) {
    mean = Statistics.mean(values)
    interval = Statistics.meanEstimate(independent).interval
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
    interval.map { "\($0.lowerBound.fourDigits) … \($0.upperBound.fourDigits)" }
      ?? "–"
  }
}
