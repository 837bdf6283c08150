import Render

/// The return of each episode within a trial, which shows how far an agent adapts to the trial's task.
struct TrialReport {
  /// Tests that belong together, as those of several seeds, and what they are called.
  let groups: [(name: String, tests: [TestStatistics])]

  /// A report on groups of tests; nil where no trial has several episodes.
  init?(_ groups: [(name: String, tests: [TestStatistics])]) {
    self.groups = groups.map { name, tests in
      (name, tests.filter { !$0.trialReturns.isEmpty })
    }.filter { !$0.tests.isEmpty }
    guard !self.groups.isEmpty else { return nil }
  }

  /// Episodes of a trial, as many as all tests have.
  private static func length(of tests: [TestStatistics]) -> Int {
    tests.map(\.trialReturns.count).min() ?? 0
  }

  /// Episodes of the longest trial.
  private var length: Int { groups.map { Self.length(of: $0.tests) }.max() ?? 0 }

  /// The return of one episode of the trial: of a single test over its tasks, of several over tests.
  private static func estimate(_ tests: [TestStatistics], episode: Int) -> SampleStatistics {
    tests.count == 1
      ? tests[0].trialReturns[episode]
      : SampleStatistics(tests.map { $0.trialReturns[episode].mean })
  }

  // MARK: Table

  /// Episodes of a trial at most that all have their number under the axis of the figure.
  private static let numbered = 12

  /// Episodes beyond this are shown at powers of two, and the last one.
  private static let listed = 8

  /// For people: a line for each episode, of long trials for some of them; a column for each group, of a
  /// single one the interval, too.
  var table: String {
    let shown = (1...max(length, 1)).filter { place in
      place <= Self.listed || place == length || place & (place - 1) == 0
    }
    let single = groups.count == 1
    let lines = shown.map { place in
      [String(place)]
        + groups.flatMap { group -> [String] in
          guard place <= Self.length(of: group.tests) else { return [""] }
          let figures = Self.estimate(group.tests, episode: place - 1)
          return [figures.mean.fourDigits] + (single ? [figures.intervalText] : [])
        }
    }
    let names = single ? ["return", "95 % interval"] : groups.map(\.name)
    return RunReport.aligned([["episode of the trial"] + names] + lines)
  }

  // MARK: Figure

  /// The return against the episode within the trial, with its 95 % band.
  ///
  /// - Parameter references: what needs no learning, to compare with.
  func panel(references: [ReferenceLine]) -> Panel {
    // Few episodes are categories, which stand at 0 and so on: there is none between two of them.
    let names = length <= Self.numbered ? (1...max(length, 1)).map(String.init) : []
    let first = names.isEmpty ? 1.0 : 0
    return Panel(
      x: Axis("episode within the trial"), y: Axis("return"),
      series: groups.flatMap { Self.series($0.name, $0.tests, first: first) },
      references: references, categories: names)
  }

  /// What the lines and bands are.
  var footnote: String {
    let trials = "over the trials of the test"
    let singles = groups.count { $0.tests.count == 1 }
    guard singles < groups.count else { return "mean and 95 % band \(trials)" }
    return "mean and 95 % band over seeds, each a mean over the trials of its test"
      + (singles > 0 ? "; of a single seed \(trials)" : "")
  }

  /// The line and the band of a group.
  ///
  /// - Parameter first: where the first episode stands.
  private static func series(
    _ name: String, _ tests: [TestStatistics], first: Double
  ) -> [Series] {
    let places = (0..<length(of: tests)).map { first + Double($0) }
    let curves = tests.map { test in
      LearningCurve.Seed(x: places, y: test.trialReturns.prefix(places.count).map(\.mean))
    }
    let line = LearningCurve(name, seeds: curves, estimator: .mean).series()
    guard tests.count == 1 else { return line }
    let estimates = tests[0].trialReturns
    let band = Series.band(
      name, x: places, lower: estimates.map { $0.interval?.lowerBound ?? .nan },
      upper: estimates.map { $0.interval?.upperBound ?? .nan })
    return [band] + line
  }
}
