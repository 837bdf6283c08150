import Agents
import Configuration
import Foundation

/// What `metarl report` says of one or several runs of the same experiment.
public struct RunReport: Sendable {
  /// The runs.
  public let runs: [RunData]

  /// A report on `runs`.
  public init(_ runs: [RunData]) { self.runs = runs }

  /// The complete runs.
  public var summaries: [Summary] { runs.compactMap(\.summary) }

  /// One curve for each run, smoothed as the experiment says.
  public func curves(of metric: String) -> [MetricSeries] {
    runs.map { $0.series(metric).smoothed(over: $0.smoothing) }
  }

  /// The names of all metrics, in the order in which they were first recorded.
  public var metricNames: [String] {
    var seen: Set<String> = []
    return runs.flatMap { $0.rows.first?.metrics ?? [] }.map(\.name)
      .filter { seen.insert($0).inserted }
  }

  /// The rows of policies that need no learning.
  public var references: [ReferenceRow] { summaries.first?.references ?? [] }

  /// The final figures for people: a line for each seed, all seeds together, and the references.
  public var table: String {
    guard !summaries.isEmpty else { return "no complete run yet" }
    var lines = [["", "return", "95 % interval", "IQM", "discounted", "episodes"]]
    for summary in summaries { lines.append(Self.row("seed \(summary.seed)", summary.test)) }
    if summaries.count > 1 {
      let total = ReturnStatistics(summaries.map(\.test.total.mean))
      let discounted = ReturnStatistics(summaries.map(\.test.discounted.mean))
      lines.append(
        Self.row(
          "\(summaries.count) seeds", total, discounted,
          episodes: summaries.reduce(0) { $0 + $1.test.episodes }))
    }
    for reference in references { lines.append(Self.row(reference.name, reference.statistics)) }
    return Self.aligned(lines)
  }

  static func row(_ name: String, _ statistics: EpisodeStatistics) -> [String] {
    row(name, statistics.total, statistics.discounted, episodes: statistics.episodes)
  }

  static func row(
    _ name: String, _ total: ReturnStatistics, _ discounted: ReturnStatistics, episodes: Int
  ) -> [String] {
    func text(_ value: Double) -> String { String(format: "%.4g", value) }
    return [
      name, text(total.mean), "\(text(total.low)) … \(text(total.high))",
      text(total.interquartileMean), text(discounted.mean), String(episodes),
    ]
  }

  /// Columns of equal width, the first to the left, the others to the right.
  static func aligned(_ lines: [[String]]) -> String {
    let columns = lines.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return lines.map { line in
      line.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
