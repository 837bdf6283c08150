import Foundation
import Tensor

/// Tables of runs.
extension RunReport {
  /// The final figures for people: a line for each seed, all seeds together, and the references. Of
  /// one experiment with several changes, a line for each of them.
  public var table: String {
    let groups = groups
    guard groups.count < 2 else {
      return isOneExperiment
        ? comparison
        : zip(labels, groups).map { "\($0)\n\($1.table)" }.joined(separator: "\n\n")
    }
    guard let first = summaries.first else { return "no complete run yet" }
    var lines = [[tasksTitle] + first.test.columns]
    for summary in summaries { lines.append(["seed \(summary.seed)"] + summary.test.cells) }
    if summaries.count > 1 {
      lines.append(
        ["\(summaries.count) seeds"] + TestStatistics.cells(of: summaries.map(\.test)))
    }
    for reference in references { lines.append([reference.name] + reference.statistics.cells) }
    return Self.aligned(lines) + (bootstrapLine.map { "\n" + $0 } ?? "") + activityLines
      + trialLines
  }

  /// The table of how active layers were, apart from what is above it.
  private var activityLines: String {
    let groups = zip(labels, groups).map { label, group in
      let summaries = group.summaries
      let seeds = summaries.count == 1 ? "seed \(summaries[0].seed)" : "\(summaries.count) seeds"
      let name = self.groups.count == 1 ? seeds : "\(label), \(seeds)"
      return (name, summaries.map(\.test))
    }
    return ActivityReport(groups).map { "\n\n" + $0.table } ?? ""
  }

  /// The table of episodes within a trial, apart from what is above it.
  private var trialLines: String { trialReport.map { "\n\n" + $0.table } ?? "" }

  /// A line for all seeds of each group; a table for each kind of test, since losses of different kinds are
  /// different things.
  private var comparison: String {
    let complete = zip(labels, groups).filter { !$1.summaries.isEmpty }
    var kinds: [[String]] = []
    for (_, group) in complete where !kinds.contains(group.columns) { kinds.append(group.columns) }
    guard !kinds.isEmpty else { return "no complete run yet" }
    let tables = kinds.map { kind in Self.table(of: complete.filter { $1.columns == kind }) }
    return tables.joined(separator: "\n\n") + activityLines + trialLines
  }

  /// What to know of the tasks of the tests: new ones are the usual case.
  private var tasksTitle: String {
    runs.allSatisfy(\.isTestedOnTrainingTasks) ? "on training tasks" : ""
  }

  /// What the cells of a complete group are.
  private var columns: [String] { summaries.first?.test.columns ?? [] }

  /// A line for all seeds of each group of tests of one kind.
  private static func table(of groups: [(label: String, group: RunReport)]) -> String {
    let all = RunReport(groups.flatMap(\.group.runs))
    var lines = [[all.tasksTitle] + all.columns]
    for (label, group) in groups {
      let tests = group.summaries.map(\.test)
      let seeds = tests.count == 1 ? "seed \(group.summaries[0].seed)" : "\(tests.count) seeds"
      let cells = tests.count == 1 ? tests[0].cells : TestStatistics.cells(of: tests)
      lines.append(["\(label), \(seeds)"] + cells)
    }
    for reference in all.references {
      lines.append([reference.name] + reference.statistics.cells)
    }
    return aligned(lines)
  }

  /// The interquartile mean over seeds with its bootstrap interval, nil for a single seed.
  private var bootstrapLine: String? {
    var stream = (RandomKey(seed: 0) / "report" / "table").stream()
    let estimate = Statistics.interquartileMeanEstimate(
      strata: [summaries.map(\.test.primary.mean)], resamples: 50_000, using: &stream)
    guard let interval = estimate.interval else { return nil }
    return String(
      format: "IQM over seeds %.4g, 95 %% bootstrap interval %.4g … %.4g", estimate.value,
      interval.lowerBound, interval.upperBound)
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
