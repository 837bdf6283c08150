extension RunReport {
  /// Runs that can be drawn over one axis: all of them learn tasks, or all are of agents that have recorded one
  /// metric. What has recorded nothing goes with the first of its kind.
  ///
  /// - Returns: each part with the headline metric of its first group, and a name where there are several.
  var parts: [(report: RunReport, metric: String, name: String)] {
    let groups = groups
    var parts: [(members: [Int], metric: String)] = []
    let metrics = groups.map { headlineMetric(of: $0) }
    func areAlike(_ a: Int, _ b: Int) -> Bool {
      groups[a].runs[0].isSupervised == groups[b].runs[0].isSupervised
    }
    for index in groups.indices {
      guard let metric = metrics[index] else { continue }
      let group = groups[index]
      let part = parts.firstIndex { part in
        areAlike(part.members[0], index)
          && (group.runs[0].isSupervised || part.metric == metric || group.records(part.metric))
      }
      if let part {
        parts[part].members.append(index)
      } else {
        parts.append(([index], metric))
      }
    }
    for index in groups.indices where metrics[index] == nil {
      guard let part = parts.firstIndex(where: { areAlike($0.members[0], index) }) else { continue }
      parts[part].members.append(index)
    }
    guard parts.count > 1 else { return parts.map { (self, $0.metric, "") } }
    let labels = labels
    return parts.map { part in
      let report = RunReport(part.members.sorted().flatMap { groups[$0].runs })
      let isSingle = part.members.count == 1
      return (report, part.metric, isSingle ? labels[part.members[0]] : report.experimentNames)
    }
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
