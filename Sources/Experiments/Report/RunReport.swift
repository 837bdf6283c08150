import Agents
import Configuration
import Foundation
import Render
import Sequences
import Tensor

/// What `metarl report` says of one or several runs, of one experiment or of several.
public struct RunReport: Sendable {
  /// The runs.
  public let runs: [RunData]

  /// A report on `runs`.
  public init(_ runs: [RunData]) { self.runs = runs }

  /// The runs of each experiment and each choice of the options that were varied, which leaves those of
  /// several seeds together, in the order in which they first appear.
  public var groups: [RunReport] {
    let options = variedOptions
    func kind(_ run: RunData) -> [JSONValue?] {
      [.string(run.name)] + options.map { run.experiment.value(of: $0) }
    }
    var groups: [[RunData]] = []
    for run in runs {
      if let index = groups.firstIndex(where: { kind($0[0]) == kind(run) }) {
        groups[index].append(run)
      } else {
        groups.append([run])
      }
    }
    return groups.map { RunReport($0) }
  }

  /// What tells each of the groups from the others: its name, the options that were varied, or both.
  public var labels: [String] {
    let options = variedOptions
    return labels(by: options, called: options.distinctNames)
  }

  private func labels(by options: [Override], called names: [String]) -> [String] {
    let hasNames = !isOneExperiment
    return groups.map { group in
      let run = group.runs[0]
      let words = zip(options, names).compactMap { option, name in
        run.experiment.value(of: option).map { "\(name) \($0.label)" }
      }
      return ((hasNames || words.isEmpty ? [run.name] : []) + words).joined(separator: ", ")
    }
  }

  /// Whether the runs are of one experiment, whatever was changed in it.
  private var isOneExperiment: Bool { Set(runs.map(\.name)).count == 1 }

  /// The options that were changed and differ between the runs.
  private var variedOptions: [Override] {
    var options: [Override] = []
    for change in runs.flatMap(\.changes) where !options.contains(where: { $0.path == change.path })
    {
      let value = runs[0].experiment.value(of: change)
      if runs.contains(where: { $0.experiment.value(of: change) != value }) {
        options.append(change)
      }
    }
    return options
  }

  /// The complete runs.
  public var summaries: [Summary] { runs.compactMap(\.summary) }

  /// What all runs that have begun count their training in; environment steps where they differ.
  public var unit: ProgressUnit {
    let units = Set(runs.filter { !$0.rows.isEmpty }.map(\.unit))
    return units.count == 1 ? units.first ?? .environmentSteps : .environmentSteps
  }

  /// One metric over the training in `unit`: every run, their middle and its band, smoothed as the
  /// experiment says. The middle is the interquartile mean from four runs on, the mean below.
  public func learningCurve(of metric: String, over unit: ProgressUnit) -> LearningCurve {
    LearningCurve(
      runs.first?.name ?? "", seeds: runs.map { $0.series(metric, over: unit) },
      window: runs.first?.smoothing ?? 1,
      estimator: runs.count < 4
        ? .mean : .interquartileMean(key: RandomKey(seed: 0) / "report" / "curve"))
  }

  /// The learning curves beside what needs no learning; nil where nothing has been recorded yet.
  ///
  /// Of agents, the headline metric; of what learns a task, the loss and the accuracy, of a single
  /// experiment also in training. What cannot be drawn over one axis has panels of its own.
  public var figure: Plot? {
    let parts = parts
    guard let run = runs.first, !parts.isEmpty else { return nil }
    let panels = parts.flatMap { part -> [Panel] in
      var panels =
        part.report.runs[0].isSupervised
        ? part.report.taskPanels : part.report.facets(of: part.metric)
      guard parts.count > 1 else { return panels }
      for index in panels.indices {
        panels[index].title = [part.name, panels[index].title].filter { !$0.isEmpty }
          .joined(separator: ", ")
      }
      return panels
    }
    return Plot(
      title: experimentNames, subtitle: subtitle,
      footnote: run.smoothing > 1 ? "running mean over \(run.smoothing) iterations" : "",
      panels: panels, columns: min(3, panels.count))
  }

  /// The names of the experiments.
  var experimentNames: String {
    var names: [String] = []
    for run in runs where !names.contains(run.name) { names.append(run.name) }
    return names.joined(separator: " and ")
  }

  /// What the curves of all groups are.
  private var subtitle: String {
    let legends = groups.map(\.legend)
    guard Set(legends).count > 1 else { return legends[0] }
    return zip(labels, legends).map { "\($0): \($1)" }.joined(separator: "; ")
  }

  /// One panel, or, where several options were crossed in one experiment, a panel for each value of the
  /// first one, all to the same scales.
  private func facets(of metric: String) -> [Panel] {
    let options = variedOptions
    guard isOneExperiment, let option = options.first else {
      return [panel([("", metric)], title: metric)]
    }
    var values: [JSONValue?] = []
    func value(_ run: RunData) -> JSONValue? { run.experiment.value(of: option) }
    for run in runs where !values.contains(value(run)) { values.append(value(run)) }
    let names = options.distinctNames
    let facets = values.map { chosen in RunReport(runs.filter { value($0) == chosen }) }
    guard facets.allSatisfy({ $0.groups.count > 1 }) else {
      return [panel([("", metric)], title: metric)]
    }
    var panels = zip(values, facets).map { value, facet in
      // Named by all other options, so that a name means the same in every panel.
      let labels = facet.labels(by: Array(options.dropFirst()), called: Array(names.dropFirst()))
      var panel = facet.panel([("", metric)], title: metric, labels: labels)
      panel.title = "\(names[0]) \(value?.label ?? "none")"
      return panel
    }
    let filled = zip(panels, facets).filter { $1.records(metric) }.map(\.0)
    let across = Self.union(filled.map(\.horizontalRange))
    let upright = Self.union(filled.map(\.verticalRange))
    for index in panels.indices {
      panels[index].x.range = across
      panels[index].y.range = upright
    }
    return panels
  }

  /// The range that holds all of `ranges`; nil for none.
  private static func union(_ ranges: [ClosedRange<Double>]) -> ClosedRange<Double>? {
    guard let low = ranges.map(\.lowerBound).min(), let high = ranges.map(\.upperBound).max()
    else { return nil }
    return low...high
  }

  /// The loss and, where there is one, the accuracy. Several experiments are compared in validation, or in
  /// training where one of them has no validation.
  private var taskPanels: [Panel] {
    let recorded = Set(metricNames)
    let groups = groups
    return ["loss", "accuracy"].filter { recorded.contains("train/\($0)") }.map { measure in
      let splits = ["training": "train/\(measure)", "validation": "validation/\(measure)"]
      let known = ["training", "validation"].filter { recorded.contains(splits[$0] ?? "") }
      let common = known.filter { split in
        groups.allSatisfy { $0.records(splits[split] ?? "") }
      }
      let compared = common.isEmpty ? known : common
      let shown = groups.count == 1 ? known : Array(compared.suffix(1))
      return panel(
        shown.map { ($0, splits[$0] ?? "") }, title: measure == "loss" ? lossTitle : measure)
    }
  }

  /// What the loss is, as far as a complete run tells.
  private var lossTitle: String {
    guard case .examples(let statistics)? = summaries.first?.test else { return "loss" }
    return statistics.kind.title
  }

  /// Curves of metrics, of each experiment, with what needs no learning.
  private func panel(
    _ metrics: [(name: String, metric: String)], title: String, labels: [String]? = nil
  ) -> Panel {
    let groups = groups
    let unit = unit
    let series = zip(labels ?? self.labels, groups).flatMap { label, group in
      metrics.filter { group.records($0.metric) }.flatMap { name, metric in
        var curve = group.learningCurve(of: metric, over: unit)
        if groups.count > 1 { curve.name = label } else if !name.isEmpty { curve.name = name }
        return curve.series()
      }
    }
    return Panel(
      x: Axis(unit.title), y: Axis(title),
      series: series,
      references: references.map { row in
        ReferenceLine(
          row.statistics.mean(comparableWith: metrics.last?.metric ?? ""), row.name)
      })
  }

  /// What the curve of these runs of one experiment is.
  private var legend: String {
    guard runs.count > 1 else { return "seed \(runs[0].seed)" }
    return "\(runs.count < 4 ? "mean" : "interquartile mean") of \(runs.count) seeds, 95 % band"
  }

  /// The return of each episode within a trial; nil while no run is complete, and where trials are single
  /// episodes.
  private var trialReport: TrialReport? {
    TrialReport(zip(labels, groups).map { ($0, $1.summaries.map(\.test)) })
  }

  /// The return against the episode within the trial, in the final tests of the complete runs; nil where
  /// trials are single episodes.
  public var trialFigure: Plot? {
    guard let trialReport else { return nil }
    let isSingle = summaries.count == 1
    return Plot(
      title: "Adaptation within a trial", subtitle: experimentNames,
      footnote: isSingle
        ? "mean and 95 % band over the trials of the test"
        : "mean and 95 % band over seeds, each a mean over the trials of its test",
      panels: [
        trialReport.panel(
          references: references.map {
            ReferenceLine($0.statistics.mean(comparableWith: "return"), $0.name)
          })
      ])
  }

  /// Draws the figures into a directory: `learning.png` and `learning.svg`, and where a trial has several
  /// episodes `trial.png` and `trial.svg`.
  ///
  /// - Returns: the files written.
  /// - Throws: ``Failure`` where they cannot be.
  public func draw(into directory: String) throws -> [String] {
    guard let figure else { return [] }
    try FileSystem.createDirectory(directory)
    return try figure.write(to: directory + "/learning")
      + (trialFigure?.write(to: directory + "/trial") ?? [])
  }

  /// Writes the summaries of the complete runs as one list, `summary.json`, into a directory.
  ///
  /// - Returns: the file written.
  /// - Throws: ``Failure`` where it cannot be.
  public func collectSummaries(into directory: String) throws -> String {
    try FileSystem.createDirectory(directory)
    let path = directory + "/summary.json"
    let list = JSONValue.array(summaries.map(\.json))
    try FileSystem.replace(path, with: Array((list.pretty + "\n").utf8))
    return path
  }

  /// The names of all metrics, in the order in which they were first recorded.
  public var metricNames: [String] {
    var seen: Set<String> = []
    return runs.flatMap { $0.rows.first?.metrics ?? [] }.map(\.name)
      .filter { seen.insert($0).inserted }
  }

  /// The rows of policies that need no learning and that all runs can be compared with.
  public var references: [ReferenceRow] {
    let summaries = largestTests
    return summaries.first?.references.filter { row in
      summaries.allSatisfy { $0.references.contains(row) }
    } ?? []
  }

  /// Of the complete runs that differ in nothing but their seeds and tests, the one with the largest test that
  /// has rows to compare with; its rows are those of all, more exactly.
  private var largestTests: [Summary] {
    var largest: [(subject: [JSONValue?], summary: Summary)] = []
    for run in runs {
      guard let summary = run.summary else { continue }
      let subject: [JSONValue?] =
        [.string(summary.version)]
        + ["environment", "agent", "task", "learner"].map { run.experiment[$0] }
      guard let index = largest.firstIndex(where: { $0.subject == subject }) else {
        largest.append((subject, summary))
        continue
      }
      let known = largest[index].summary
      let isLarger = summary.test.count > known.test.count || known.references.isEmpty
      if isLarger && !summary.references.isEmpty { largest[index].summary = summary }
    }
    return largest.map(\.summary)
  }

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
    var lines = [[""] + first.test.columns]
    for summary in summaries { lines.append(["seed \(summary.seed)"] + summary.test.cells) }
    if summaries.count > 1 {
      lines.append(
        ["\(summaries.count) seeds"] + TestStatistics.cells(of: summaries.map(\.test)))
    }
    for reference in references { lines.append([reference.name] + reference.statistics.cells) }
    return Self.aligned(lines) + (bootstrapLine.map { "\n" + $0 } ?? "") + trialLines
  }

  /// The table of episodes within a trial, apart from what is above it.
  private var trialLines: String { trialReport.map { "\n\n" + $0.table } ?? "" }

  /// A line for all seeds of each group.
  private var comparison: String {
    guard let first = summaries.first else { return "no complete run yet" }
    var lines = [[""] + first.test.columns]
    for (label, group) in zip(labels, groups) {
      let tests = group.summaries.map(\.test)
      guard let test = tests.first else { continue }
      let seeds = tests.count == 1 ? "seed \(group.summaries[0].seed)" : "\(tests.count) seeds"
      lines.append(
        ["\(label), \(seeds)"] + (tests.count == 1 ? test.cells : TestStatistics.cells(of: tests)))
    }
    for reference in references { lines.append([reference.name] + reference.statistics.cells) }
    return Self.aligned(lines) + trialLines
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

  /// Four digits of a figure.
  static func figure(_ value: Double) -> String { String(format: "%.4g", value) }

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
