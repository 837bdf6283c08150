import Agents
import Configuration
import Envs
import Sequences

/// A test in a few figures.
public enum TestStatistics: Sendable, Equatable {
  /// Of an agent.
  case episodes(EpisodeStatistics)
  /// Of what has learned a task.
  case examples(ExampleStatistics)

  /// How many episodes or examples.
  public var count: Int {
    switch self {
    case .episodes(let statistics): statistics.episodes
    case .examples(let statistics): statistics.count
    }
  }

  /// What says how good the result is: the return, the accuracy, or a loss without one.
  public var primary: SampleStatistics {
    switch self {
    case .episodes(let statistics): statistics.total
    case .examples(let statistics): statistics.accuracy ?? statistics.loss
    }
  }

  /// The return of each episode of a trial; empty where there are no trials of several episodes.
  var trialReturns: [SampleStatistics] {
    switch self {
    case .episodes(let statistics): statistics.trialReturns
    case .examples: []
    }
  }

  /// How active each layer of spikes or events was; empty without such layers.
  var activity: [Metric] {
    switch self {
    case .episodes: []
    case .examples(let statistics): statistics.activity
    }
  }

  /// What else is shown: the discounted return, or the loss beside an accuracy.
  public var secondary: SampleStatistics? {
    switch self {
    case .episodes(let statistics): statistics.discounted
    case .examples(let statistics): statistics.accuracy == nil ? nil : statistics.loss
    }
  }

  /// The mean that a curve of the metric `name` of a training or test can be compared with: of rewards, that
  /// of a step. NaN where there is none.
  func mean(comparableWith name: String) -> Double {
    guard let split = ["train/", "test/", "validation/"].first(where: { name.hasPrefix($0) })
    else { return .nan }
    let quantity = String(name.dropFirst(split.count))
    return switch (self, quantity) {
    case (.episodes(let statistics), "return"): statistics.total.mean
    case (.episodes(let statistics), "discountedReturn"): statistics.discounted.mean
    case (.episodes(let statistics), "reward"): statistics.total.mean / statistics.length
    case (.episodes(let statistics), "length"), (.episodes(let statistics), "episodeLength"):
      statistics.length
    case (.episodes(let statistics), _):
      statistics.counters.first { $0.name == quantity }?.mean ?? .nan
    case (.examples(let statistics), "accuracy"): statistics.accuracy?.mean ?? .nan
    case (.examples(let statistics), "loss"): statistics.loss.mean
    case (.examples, _): .nan
    }
  }

  /// The figures as metrics of an iteration.
  var metrics: [Metric] {
    switch self {
    case .episodes(let statistics):
      [
        Metric("test/return", statistics.total.mean),
        Metric("test/discountedReturn", statistics.discounted.mean),
        Metric("test/episodeLength", statistics.length),
      ] + TrialMetrics.metrics("test/return", means: statistics.trialReturns.map(\.mean))
        + statistics.counters.map { Metric("test/\($0.name)", $0.mean) }
    case .examples(let statistics):
      [Metric("test/loss", statistics.loss.mean)]
        + (statistics.accuracy.map { [Metric("test/accuracy", $0.mean)] } ?? [])
        + statistics.activity.map { Metric("test/\($0.name)", $0.value) }
    }
  }

  /// The figures under the names that they have in `summary.json`.
  public var members: [JSONValue.Member] {
    switch self {
    case .episodes(let statistics): statistics.members
    case .examples(let statistics): statistics.members
    }
  }

  init?(json: JSONValue) {
    if let statistics = EpisodeStatistics(json: json) {
      self = .episodes(statistics)
    } else if let statistics = ExampleStatistics(json: json) {
      self = .examples(statistics)
    } else {
      return nil
    }
  }

  // MARK: Tables

  /// What the cells of a row are.
  var columns: [String] {
    switch self {
    case .episodes: ["return", "95 % interval", "IQM", "discounted", "episodes"]
    case .examples(let statistics):
      statistics.accuracy == nil
        ? [statistics.kind.title, "95 % interval", "examples"]
        : ["accuracy", "95 % interval", statistics.kind.title, "examples"]
    }
  }

  /// The figures for people.
  var cells: [String] { cells(primary, secondary, count: count) }

  /// The same of several tests of one kind: the means over tests, and their interval.
  static func cells(of tests: [TestStatistics]) -> [String] {
    let secondary = tests.compactMap(\.secondary?.mean)
    return tests.first?.cells(
      SampleStatistics(tests.map(\.primary.mean)),
      secondary.isEmpty ? nil : SampleStatistics(secondary),
      count: tests.reduce(0) { $0 + $1.count }) ?? []
  }

  private func cells(
    _ primary: SampleStatistics, _ secondary: SampleStatistics?, count: Int
  ) -> [String] {
    var cells = [primary.mean.fourDigits, primary.intervalText]
    if case .episodes = self { cells.append(primary.interquartileMean.fourDigits) }
    if let secondary { cells.append(secondary.mean.fourDigits) }
    return cells + [String(count)]
  }
}

/// Test examples in a few figures.
public struct ExampleStatistics: Sendable, Equatable {
  /// How many examples.
  public let count: Int
  /// What the loss is.
  public let kind: SequenceLoss.Kind
  /// The mean losses of the examples.
  public let loss: SampleStatistics
  /// The part of their answers that is right; nil where answers are values.
  public let accuracy: SampleStatistics?
  /// The mean activity of each layer of spikes or events over units, steps and examples, by the name of
  /// its output.
  public let activity: [Metric]

  /// The figures of `scores`, of a network that was as active as `activity` says.
  public init(_ scores: [ExampleScore], loss kind: SequenceLoss.Kind, activity: [Metric] = []) {
    count = scores.count
    self.kind = kind
    self.activity = activity
    loss = SampleStatistics(scores.map(\.meanLoss))
    accuracy = kind.hasAccuracy ? SampleStatistics(scores.map(\.accuracy)) : nil
  }

  /// The figures under the names that they have in `summary.json`.
  var members: [JSONValue.Member] {
    [
      .init("examples", .number(count)), .init("lossKind", .string(kind.rawValue)),
      .init("loss", loss.json),
    ] + (accuracy.map { [.init("accuracy", $0.json)] } ?? [])
      + (activity.isEmpty ? [] : [.init("activity", .object(activity.map(\.member)))])
  }

  init?(json: JSONValue) {
    guard case .number(let text)? = json["examples"], let count = Int(text),
      case .string(let name)? = json["lossKind"], let kind = SequenceLoss.Kind(rawValue: name),
      let loss = SampleStatistics(json: json["loss"])
    else { return nil }
    (self.count, self.kind, self.loss) = (count, kind, loss)
    accuracy = SampleStatistics(json: json["accuracy"])
    guard case .object(let layers)? = json["activity"] else {
      activity = []
      return
    }
    activity = layers.compactMap { layer in layer.value.figure.map { Metric(layer.key, $0) } }
  }
}

extension Metric {
  fileprivate var member: JSONValue.Member { .init(name, JSONValue(figure: value)) }
}

extension TestResult {
  /// The text of `evaluation.jsonl`: a line a case.
  var lines: String {
    var hasTrials = false
    if case .episodes(let episodes) = self {
      hasTrials = episodes.contains { $0.trialEpisode > 0 }
    }
    let cases: [JSONValue] =
      switch self {
      case .episodes(let episodes):
        episodes.map { episode in
          let trial = episode.trial.map { JSONValue.Member("trial", .number($0 + 1)) }
          let place = JSONValue.Member("trialEpisode", .number(episode.trialEpisode + 1))
          return .object(
            [
              .init("return", JSONValue(figure: episode.total)),
              .init("discountedReturn", JSONValue(figure: episode.discounted)),
              .init("length", .number(episode.length)),
              .init("counters", .array(episode.counters.map { JSONValue(figure: Double($0)) })),
            ] + (hasTrials ? [trial, place].compactMap { $0 } : []))
        }
      case .examples(let scores, let loss, _):
        scores.map { score in
          .object(
            [.init("loss", JSONValue(figure: score.meanLoss))]
              + (loss.hasAccuracy ? [.init("accuracy", JSONValue(figure: score.accuracy))] : []))
        }
      }
    return cases.map { $0.compact + "\n" }.joined()
  }
}
