import Configuration
import Sequences

extension RunReport {
  /// Groups whose curves share axes.
  struct Part {
    /// A report on their runs.
    let report: RunReport
    /// Where they stand among all groups.
    let members: [Int]
    /// What is drawn of them: the headline metric of the first one, of learned tasks the loss.
    let metric: String
    /// What they are called; empty where there is nothing else.
    let name: String
  }

  /// Runs that can be drawn over one axis: all of them learn tasks with one kind of loss, or all are of agents
  /// that have recorded one metric. What has recorded nothing goes with the first of its kind.
  var parts: [Part] {
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
    return parts.map { part in
      let report =
        parts.count > 1 ? RunReport(part.members.sorted().flatMap { groups[$0].runs }) : self
      return Part(
        report: report, members: part.members, metric: part.metric,
        name: parts.count > 1 ? name(of: report) : "")
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
  /// is complete; of learned tasks the loss; nil where nothing has been recorded.
  private func headlineMetric(of group: RunReport) -> String? {
    if group.isSupervised { return group.records("train/loss") ? "train/loss" : nil }
    return group.summaries.first?.headlineMetric
      ?? summaries.map(\.headlineMetric).first { group.records($0) }
      ?? group.runs.compactMap(\.headlineMetric).first
  }

  /// Whether there is anything of a metric to draw.
  func records(_ metric: String) -> Bool { !runs(recording: metric).isEmpty }

  /// The runs of which there is anything of a metric to draw.
  func runs(recording metric: String) -> [RunData] {
    runs.filter { run in run.rows.contains { $0[metric].isFinite } }
  }
}
