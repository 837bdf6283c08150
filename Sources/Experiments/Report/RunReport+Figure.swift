import Agents
import Configuration
import Render
import Sequences
import Tensor

/// Figures of runs.
extension RunReport {
  /// One metric over the training in `unit`: every run that has recorded it, their middle and its band,
  /// smoothed as the experiment says. The middle is the interquartile mean from four runs on, the mean below.
  public func learningCurve(of metric: String, over unit: ProgressUnit) -> LearningCurve {
    let drawn = runs(recording: metric)
    return LearningCurve(
      runs.first?.name ?? "", seeds: drawn.map { $0.series(metric, over: unit) },
      window: drawn.first?.smoothing ?? 1,
      estimator: Self.hasInterquartileMean(drawn)
        ? .interquartileMean(key: RandomKey(seed: 0) / "report" / "curve") : .mean)
  }

  /// Whether the middle of the curves of these runs is the mean of the middle half of them.
  private static func hasInterquartileMean(_ drawn: [RunData]) -> Bool { drawn.count >= 4 }

  /// The learning curves beside what needs no learning; nil where nothing has been recorded yet.
  ///
  /// Of agents, the headline metric; of what learns a task, the loss and the accuracy, of a single
  /// experiment also in training. What cannot be drawn over one axis has panels of its own.
  public var figure: Plot? {
    let parts = parts
    return parts.isEmpty
      ? nil
      : plot(parts) {
        $0.report.isSupervised ? $0.report.taskPanels : $0.report.facets(of: $0.metric)
      }
  }

  /// The curves of one metric of all runs that have recorded it, whatever it says of them.
  ///
  /// - Throws: ``Failure`` where no run has.
  public func figure(of metric: String) throws -> Plot {
    guard records(metric) else {
      throw Failure(
        .usage, "there are no numbers of “\(metric)” in \(experimentNames)",
        remedy: ConfigurationError.suggestion(for: metric, among: metricNames))
    }
    let recording = RunReport(runs(recording: metric))
    let part = Part(
      report: recording, members: Array(recording.groups.indices), metric: metric, name: "")
    return recording.plot([part]) { $0.report.facets(of: metric) }
  }

  /// A figure with the panels of each of the parts.
  private func plot(_ parts: [Part], panels: (Part) -> [Panel]) -> Plot {
    let panels = parts.flatMap { part -> [Panel] in
      var panels = panels(part)
      guard parts.count > 1 else { return panels }
      for index in panels.indices {
        panels[index].title = [part.name, panels[index].title].filter { !$0.isEmpty }
          .joined(separator: ", ")
      }
      return panels
    }
    return Plot(
      title: experimentNames, subtitle: remark(on: parts) { $0.legend(of: $1) },
      footnote: remark(on: parts) { $0.smoothing(of: $1) },
      panels: panels, columns: min(3, panels.count),
      legend: Set(panels.flatMap(\.series).map(\.name)).count > Self.mostNames ? .never : .automatic
    )
  }

  /// What is to be said of the groups in `parts`: once where it holds for all of them, else of each, unless they
  /// are too many. Where `text` is nil there is no curve to speak of.
  private func remark(
    on parts: [Part], _ text: (_ group: RunReport, _ metric: String) -> String?
  ) -> String {
    let remarks = zip(labels, groups).enumerated().compactMap { index, named in
      parts.first { $0.members.contains(index) }
        .flatMap { text(named.1, $0.metric) }.map { (label: named.0, text: $0) }
    }
    let texts = Set(remarks.map(\.text))
    if texts.count == 1 { return remarks[0].text }
    guard remarks.count <= Self.mostNames else {
      return texts.filter { !$0.isEmpty }.sorted().joined(separator: " or ")
    }
    return remarks.filter { !$0.text.isEmpty }.map { "\($0.label): \($0.text)" }
      .joined(separator: "; ")
  }

  /// As many panels, and names of curves, as a person looks at and one figure has room for.
  private static let mostNames = 36

  /// One panel, or, where several options were crossed in one experiment, a panel for each value of the
  /// first one, all to the same scales, unless it has too many.
  private func facets(of metric: String) -> [Panel] {
    let options = VariedOptions(among: runs).options
    guard isOneExperiment, let option = options.first else {
      return [panel([("", metric)], title: metric)]
    }
    var values: [JSONValue?] = []
    func value(_ run: RunData) -> JSONValue? { run.experiment.value(of: option) }
    for run in runs where !values.contains(value(run)) { values.append(value(run)) }
    let names = options.distinctNames
    let facets = values.map { chosen in RunReport(runs.filter { value($0) == chosen }) }
    guard facets.count <= Self.mostNames, facets.allSatisfy({ $0.groups.count > 1 }) else {
      return [panel([("", metric)], title: metric)]
    }
    var panels = zip(values, facets).map { value, facet in
      // Named by all other options, so that a name means the same in every panel.
      let labels = facet.groups.map { group in
        group.label(
          by: Array(options.dropFirst()), called: Array(names.dropFirst()), hasName: false)
      }
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
      let title = measure == "loss" ? lossKind?.title : nil
      return panel(shown.map { ($0, splits[$0] ?? "") }, title: title ?? measure)
    }
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

  /// What the curve of a metric of these runs of one experiment is; nil where there is none.
  private func legend(of metric: String) -> String? {
    let drawn = runs(recording: metric)
    guard drawn.count > 1 else { return drawn.first.map { "seed \($0.seed)" } }
    let middle = Self.hasInterquartileMean(drawn) ? "interquartile mean" : "mean"
    return "\(middle) of \(drawn.count) seeds, 95 % band"
  }

  /// How the curve of a metric of these runs of one experiment is smoothed; empty where it is not, and nil where
  /// there is none.
  private func smoothing(of metric: String) -> String? {
    guard let window = runs(recording: metric).first?.smoothing else { return nil }
    return window > 1 ? "running mean over \(window) iterations" : ""
  }

  /// The return of each episode within a trial; nil while no run is complete, and where trials are single
  /// episodes.
  var trialReport: TrialReport? {
    TrialReport(zip(labels, groups).map { ($0, $1.summaries.map(\.test)) })
  }

  /// The return against the episode within the trial, in the final tests of the complete runs; nil where
  /// trials are single episodes.
  public var trialFigure: Plot? {
    guard let trialReport else { return nil }
    return Plot(
      title: "Adaptation within a trial", subtitle: experimentNames,
      footnote: trialReport.footnote,
      panels: [
        trialReport.panel(
          references: references.map {
            ReferenceLine($0.statistics.mean(comparableWith: "test/return"), $0.name)
          })
      ])
  }

  /// Draws the figures into a directory: `learning.png` and `learning.svg`, where a trial has several
  /// episodes `trial.png` and `trial.svg`, and those of `metrics`, with - for / in their names.
  ///
  /// - Returns: the files written.
  /// - Throws: ``Failure`` where they cannot be, or where no run has recorded one of the metrics.
  public func draw(_ metrics: [String] = [], into directory: String) throws -> [String] {
    let chosen = try metrics.map {
      (name: $0.replacing("/", with: "-"), plot: try figure(of: $0))
    }
    guard let figure else { return [] }
    try FileSystem.createDirectory(directory)
    let figures =
      [("learning", figure)] + (trialFigure.map { [("trial", $0)] } ?? []) + chosen
    return try figures.flatMap { try $1.write(to: directory + "/" + $0) }
  }
}
