import Configuration
import Envs

/// A sample of returns in a few figures.
public struct ReturnStatistics: Sendable, Equatable, Codable {
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

/// Test episodes in a few figures.
public struct EpisodeStatistics: Sendable, Equatable {
  /// How many episodes.
  public let episodes: Int
  /// Sums of rewards.
  public let total: ReturnStatistics
  /// Discounted sums of rewards.
  public let discounted: ReturnStatistics
  /// Mean number of steps.
  public let length: Double
  /// Mean of each of the environment's counters, by name.
  public let counters: [(name: String, mean: Double)]

  /// The figures of `episodes`.
  public init(_ episodes: [EpisodeReturn], counterNames: [String]) {
    let count = Double(episodes.count)
    self.episodes = episodes.count
    total = ReturnStatistics(episodes.map(\.total))
    discounted = ReturnStatistics(episodes.map(\.discounted))
    length = episodes.reduce(0) { $0 + Double($1.length) } / count
    counters = counterNames.enumerated().map { index, name in
      let sum = episodes.reduce(0) { sum, episode in
        sum + (index < episode.counters.count ? Double(episode.counters[index]) : 0)
      }
      return (name, sum / count)
    }
  }

  /// The same figures.
  public static func == (a: Self, b: Self) -> Bool { a.json == b.json }

  /// The figures under the names that they have in `summary.json`.
  public var members: [JSONValue.Member] {
    [
      .init("episodes", .number(episodes)),
      .init("return", total.json),
      .init("discountedReturn", discounted.json),
      .init("episodeLength", JSONValue(figure: length)),
      .init("counters", .object(counters.map { .init($0.name, JSONValue(figure: $0.mean)) })),
    ]
  }

  var json: JSONValue { .object(members) }

  init?(json: JSONValue) {
    guard case .number(let text)? = json["episodes"], let episodes = Int(text),
      let total = ReturnStatistics(json: json["return"]),
      let discounted = ReturnStatistics(json: json["discountedReturn"]),
      let length = json["episodeLength"]?.figure, case .object(let members)? = json["counters"]
    else { return nil }
    self.episodes = episodes
    self.total = total
    self.discounted = discounted
    self.length = length
    counters = members.map { ($0.key, $0.value.figure ?? .nan) }
  }
}
