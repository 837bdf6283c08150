import Configuration
import Envs

/// Test episodes in a few figures.
public struct EpisodeStatistics: Sendable, Equatable {
  /// How many episodes.
  public let episodes: Int
  /// Sums of rewards. Episodes of a trial have its task in common, so the interval is over trials.
  public let total: SampleStatistics
  /// Discounted sums of rewards, with an interval over trials, too.
  public let discounted: SampleStatistics
  /// Mean number of steps.
  public let length: Double
  /// Sums of rewards by the place of the episode within its trial; empty where all are first ones.
  public let trialReturns: [SampleStatistics]
  /// Mean of each of the environment's counters, by name.
  public let counters: [(name: String, mean: Double)]

  /// The figures of `episodes`.
  public init(_ episodes: [EpisodeReturn], counterNames: [String]) {
    let count = Double(episodes.count)
    self.episodes = episodes.count
    let trials = Self.trials(of: episodes)
    total = SampleStatistics(clusters: trials.map { $0.map(\.total) })
    discounted = SampleStatistics(clusters: trials.map { $0.map(\.discounted) })
    length = episodes.reduce(0) { $0 + Double($1.length) } / count
    let places = episodes.map(\.trialEpisode).max() ?? 0
    var returns = Array(repeating: [Double](), count: places + 1)
    for episode in episodes { returns[episode.trialEpisode].append(episode.total) }
    trialReturns = places == 0 ? [] : returns.map { SampleStatistics($0) }
    counters = counterNames.enumerated().map { index, name in
      let sum = episodes.reduce(0) { sum, episode in
        sum + (index < episode.counters.count ? Double(episode.counters[index]) : 0)
      }
      return (name, sum / count)
    }
  }

  /// The episodes of each trial, in the order of their first ones; those of unknown trials by themselves.
  private static func trials(of episodes: [EpisodeReturn]) -> [[EpisodeReturn]] {
    var trials: [[EpisodeReturn]] = []
    var places: [Int: Int] = [:]
    for episode in episodes {
      if let trial = episode.trial, let place = places[trial] {
        trials[place].append(episode)
      } else {
        if let trial = episode.trial { places[trial] = trials.count }
        trials.append([episode])
      }
    }
    return trials
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
    ] + (trialReturns.isEmpty ? [] : [.init("trialReturns", .array(trialReturns.map(\.json)))])
  }

  var json: JSONValue { .object(members) }

  init?(json: JSONValue) {
    guard case .number(let text)? = json["episodes"], let episodes = Int(text),
      let total = SampleStatistics(json: json["return"]),
      let discounted = SampleStatistics(json: json["discountedReturn"]),
      let length = json["episodeLength"]?.figure, case .object(let members)? = json["counters"]
    else { return nil }
    self.episodes = episodes
    self.total = total
    self.discounted = discounted
    self.length = length
    // Earlier versions did not tell the episodes of a trial apart.
    if case .array(let places)? = json["trialReturns"] {
      trialReturns = places.compactMap { SampleStatistics(json: $0) }
    } else {
      trialReturns = []
    }
    counters = members.map { ($0.key, $0.value.figure ?? .nan) }
  }
}
