import Agents

/// How active layers of spikes or events were in tests: the price of their answers.
struct ActivityReport {
  /// Tests that belong together, as those of several seeds, and what they are called.
  private let groups: [(name: String, tests: [TestStatistics])]

  /// A report on groups of tests; nil where no network has such layers.
  init?(_ groups: [(name: String, tests: [TestStatistics])]) {
    self.groups = groups.filter { $0.tests.contains { !$0.activity.isEmpty } }
    guard !self.groups.isEmpty else { return nil }
  }

  /// For people: a line for each group with the mean over its tests, a column for each layer.
  var table: String {
    var layers: [String] = []
    for name in groups.flatMap(\.tests).flatMap(\.activity).map(\.name)
    where !layers.contains(name) {
      layers.append(name)
    }
    let lines = groups.map { group in
      [group.name]
        + layers.map { layer in
          let values = group.tests.flatMap(\.activity).filter { $0.name == layer }.map(\.value)
          return values.isEmpty ? "–" : Statistics.mean(values).fourDigits
        }
    }
    return RunReport.aligned([["mean activity"] + layers] + lines)
  }
}
