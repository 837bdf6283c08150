import Configuration
import Sequences

extension RunReport {
  /// Runs that can be drawn over one axis: all of them learn tasks with one kind of loss, or all are of agents
  /// that have recorded one metric. What has recorded nothing goes with the first of its kind.
  ///
  /// - Returns: each part with the headline metric of its first group, and a name where there are several.
  var parts: [(report: RunReport, metric: String, name: String)] {
    let groups = groups
    var parts: [(members: [Int], metric: String)] = []
    let metrics = groups.map { headlineMetric(of: $0) }
    func suits(_ index: Int, _ part: (members: [Int], metric: String)) -> Bool {
      part.members.allSatisfy { groups[$0].isAlike(groups[index]) }
    }
    for index in groups.indices {
      guard let metric = metrics[index] else { continue }
      let group = groups[index]
      let part = parts.firstIndex { part in
        suits(index, part)
          && (group.isSupervised || part.metric == metric || group.records(part.metric))
      }
      if let part {
        parts[part].members.append(index)
      } else {
        parts.append(([index], metric))
      }
    }
    for index in groups.indices where metrics[index] == nil {
      guard let part = parts.firstIndex(where: { suits(index, $0) }) else { continue }
      parts[part].members.append(index)
    }
    guard parts.count > 1 else { return parts.map { (self, $0.metric, "") } }
    return parts.map { part in
      let report = RunReport(part.members.sorted().flatMap { groups[$0].runs })
      return (report, part.metric, name(of: report))
    }
  }

  /// The names of the experiments in a part; of a part of one experiment also the values that all its runs
  /// have of the options that differ elsewhere.
  private func name(of part: RunReport) -> String {
    guard part.isOneExperiment else { return part.experimentNames }
    let name = part.runs[0].name
    let options = VariedOptions(among: runs.filter { $0.name == name }).options
    let common = zip(options, options.distinctNames).filter { option, _ in
      part.runs.allSatisfy {
        $0.experiment.value(of: option) == part.runs[0].experiment.value(of: option)
      }
    }
    return part.label(by: common.map(\.0), called: common.map(\.1), hasName: !isOneExperiment)
  }

  /// Whether both groups are of agents, or learn with one kind of loss. Where a loss is not known yet, the
  /// accuracy that goes with some kinds tells.
  private func isAlike(_ other: RunReport) -> Bool {
    guard isSupervised && other.isSupervised else { return isSupervised == other.isSupervised }
    if let lossKind, let otherKind = other.lossKind { return lossKind == otherKind }
    let hasBegun = [self, other].allSatisfy { $0.records("train/loss") }
    return !hasBegun || records("train/accuracy") == other.records("train/accuracy")
  }

  /// The metric that says how good the agents of one of the groups are, as far as is known before any of them
  /// is complete; nil where nothing has been recorded.
  private func headlineMetric(of group: RunReport) -> String? {
    group.summaries.first?.headlineMetric
      ?? summaries.map(\.headlineMetric).first { group.records($0) }
      ?? group.runs.compactMap(\.headlineMetric).first
  }

  /// Whether there is anything of a metric to draw.
  func records(_ metric: String) -> Bool {
    runs.contains { run in run.rows.contains { $0[metric].isFinite } }
  }
}
