import Agents
import Configuration
import Experiments
import Foundation
import Render
import Testing
import TestSupport

/// Which runs a report counts, how it groups them, and what it draws of them.
@Suite struct RunReportTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      """
      {"name": "walk", "environment": "walk", "agent": {"name": "wanderer", "iterations": 4}}
      """, to: "walk.json")
  }

  private func bench(_ arguments: String...) throws -> Tool.Result {
    let result = try Tool.bench.run(arguments, in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  /// The files of a run that is not complete.
  private func write(
    _ experiment: String, changes: String = "{}", metrics: String = "", to name: String
  ) throws {
    try FileManager.default.createDirectory(
      atPath: scratch[name], withIntermediateDirectories: true)
    try scratch.write(experiment, to: name + "/experiment.json")
    try scratch.write(#"{"file": "file.json", "changes": \#(changes)}"#, to: name + "/origin.json")
    try scratch.write(metrics, to: name + "/metrics.jsonl")
  }

  private func report(_ names: String...) throws -> RunReport {
    RunReport(try names.map { try RunData(of: RunDirectory(scratch[$0]), library: .test) })
  }

  @Test func aTrainingCountsOnce() throws {
    _ = try bench("run", "walk.json", "--seeds", "2", "--output", "out")
    let once = try bench("report", "out")
    #expect(once.output.contains("2 seeds") && !once.errors.contains("left out"))
    let again = try bench("report", "out", "./out", "out/", "out/seed1")
    #expect(again.output == once.output && !again.errors.contains("left out"))
    try FileManager.default.copyItem(atPath: scratch["out/seed0"], toPath: scratch["copy"])
    let copied = try bench("report", "out", "copy")
    #expect(copied.output == once.output)
    #expect(
      copied.errors.contains("copy is left out: it is the training in out/seed0, "),
      "\(copied.errors)")
    // Of two the complete one counts, whichever comes first.
    try FileManager.default.removeItem(atPath: scratch["out/seed0/summary.json"])
    let mended = try bench("report", "out", "copy")
    #expect(mended.output == once.output, "\(mended.output)")
    #expect(mended.errors.contains("out/seed0 is left out"), "\(mended.errors)")
  }

  /// Earlier versions stored no options that have been added since; those count with their defaults.
  @Test func aTrainingOfAnEarlierVersionCountsOnce() throws {
    _ = try bench("run", "walk.json", "--seeds", "2", "--output", "out")
    try FileManager.default.copyItem(atPath: scratch["out/seed0"], toPath: scratch["old"])
    try scratch.write(
      """
      {"name": "walk", "seed": 0, "environment": "walk",
       "agent": {"name": "wanderer", "iterations": 4}}
      """, to: "old/experiment.json")
    let both = try bench("report", "out", "old")
    #expect(both.output == (try bench("report", "out").output))
    #expect(both.errors.contains("old is left out: it is the training in out/seed0, "))
    // What this version does not know counts as it is stored.
    let foreign = try RunData(of: RunDirectory(scratch["old"]), library: .standard)
    #expect(foreign.experiment == (try RunDirectory(scratch["old"]).storedExperiment()))
  }

  @Test func runsThatAreNotCompleteAreNamed() throws {
    _ = try bench("run", "walk.json", "--seeds", "3", "--output", "out")
    #expect(try !bench("report", "out").errors.contains("not complete"))
    for seed in ["seed1", "seed2"] {
      try FileManager.default.removeItem(atPath: scratch["out/\(seed)/summary.json"])
    }
    let errors = try bench("report", "out").errors
    #expect(
      errors.contains("2 of 3 runs are not complete: out/seed1, out/seed2\n"), "\(errors)")
  }

  /// Numbers in names by their size, with exponents and signs; words by the alphabet.
  @Test func runsAreFoundInTheOrderOfTheirNumbers() throws {
    let names = [
      "rate--2_seed0", "rate--0.5_seed0", "rate-5e-08_seed0", "rate-1e-3_seed2",
      "rate-1e-3_seed10", "rate-0.01_seed0", "rate-5_seed0", "rate-10_seed0", "rate-20_seed0",
      "rate-1E2_seed0", "rate-high_seed0", "rate-low_seed0", "seed2", "seed10",
    ]
    for name in names.reversed() { try write("{}", to: "out/" + name) }
    #expect(try RunDirectory(scratch["out"]).runsBelow.map(\.name) == names)
  }

  /// A link to itself hides what it is called after, as a directory without permissions does.
  @Test func aRunThatCannotBeSeenIsNotLeftOut() throws {
    _ = try bench("run", "walk.json", "--seeds", "2", "--output", "out")
    let seed = scratch["out/seed1"]
    try FileManager.default.removeItem(atPath: seed)
    try FileManager.default.createSymbolicLink(atPath: seed, withDestinationPath: "seed1")
    let result = try Tool.bench.run(["report", "out"], in: scratch.path)
    #expect(result.status == ExitReason.notFound.rawValue, "\(result.output)")
    #expect(result.errors.contains("cannot read out/seed1/experiment.json: "), "\(result.errors)")
  }

  /// A single episode says nothing of the spread.
  @Test func oneValueHasNoInterval() throws {
    let run = try TestRun(TestRun.json("evaluation.episodes=1"), at: scratch["out"])
    guard case .finished(let summary) = try run.run() else { return #expect(Bool(false)) }
    #expect(summary.test.primary.interval == nil)
    let stored = try Summary(contentsOf: scratch["out/summary.json"])
    #expect(stored.test == summary.test && stored.json["return"]?["low"] == .null)
    let report = try report("out")
    #expect(report.table.contains("–") && !report.table.contains(" … "))
    #expect(!report.references.isEmpty)

    // Earlier versions wrote numbers.
    let text = String(decoding: try #require(scratch.bytes("out/summary.json")), as: UTF8.self)
    try scratch.write(text.replacingOccurrences(of: "null", with: "0"), to: "out/summary.json")
    let earlier = try Summary(contentsOf: scratch["out/summary.json"])
    #expect(earlier.test.primary.interval == 0...0)
  }

  /// Learners and agents, and agents without a common metric, share no axis.
  @Test func whatCannotBeComparedHasPanelsOfItsOwn() throws {
    func metrics(_ members: String) -> String {
      (1...3).map { "{\"iteration\":\($0),\(members)}\n" }.joined()
    }
    let steps = #""episodes":1,"environmentSteps":10"#
    try write(
      #"{"name": "walk", "seed": 0, "agent": {}}"#,
      metrics: metrics(steps + #","train/return":1"#), to: "walk")
    try write(
      #"{"name": "run", "seed": 0, "agent": {}}"#,
      metrics: metrics(steps + #","train/length":1,"train/return":2"#), to: "run")
    try write(
      #"{"name": "signs", "seed": 0, "task": {}}"#,
      metrics: metrics(#""updates":2,"examples":8,"train/loss":1"#), to: "signs")
    try write(
      #"{"name": "jump", "seed": 0, "agent": {}}"#,
      metrics: metrics(steps + #","train/reward":3"#), to: "jump")
    let figure = try #require(try report("walk", "signs", "run", "jump").figure)
    #expect(figure.panels.map(\.title) == ["walk and run", "signs", "jump"])
    #expect(figure.panels.map(\.x.title) == ["environment steps", "updates", "environment steps"])
    #expect(figure.panels.map(\.y.title) == ["train/return", "loss", "train/reward"])
    #expect(figure.panels[0].series.map(\.name) == ["walk", "run"])
    for case .line(let x, _, _) in figure.panels.flatMap(\.series).map(\.mark) {
      #expect(!x.isEmpty)
    }
    let alike = try #require(try report("walk", "run").figure)
    #expect(alike.panels.count == 1 && alike.panels[0].title.isEmpty)
    #expect(alike.panels[0] == figure.panels[0].titled(""))
  }

  /// Any metric may be looked at, of those runs that have it, beside policies where they can be compared.
  @Test func anyMetricIsDrawn() throws {
    _ = try bench("run", "walk.json", "--output", "out")
    let drawn = try bench("report", "out", "--metric", "train/return")
    for name in ["learning", "train-return"] {
      #expect(scratch.bytes("out/figures/\(name).png")?.isEmpty == false)
      #expect(drawn.errors.contains("drew out/figures/\(name).svg"), "\(drawn.errors)")
    }
    let walk = try report("out")
    guard case .episodes(let earned)? = walk.references.first?.statistics else {
      return #expect(Bool(false))
    }
    try scratch.write(
      String(decoding: try #require(scratch.bytes("out/metrics.jsonl")), as: UTF8.self)
        .replacing(#""train/return""#, with: #""policy/entropy""#), to: "out/metrics.jsonl")
    try write(#"{"name": "run", "seed": 0, "agent": {}}"#, metrics: Self.returns, to: "run")
    let both = try report("run", "out")
    let entropy = try both.figure(of: "policy/entropy")
    #expect(entropy.title == "walk" && entropy.panels.map(\.y.title) == ["policy/entropy"])
    #expect(!entropy.panels[0].references.isEmpty)
    #expect(entropy.panels[0].references.allSatisfy { $0.value.isNaN })
    let returns = try walk.figure(of: "train/return")
    #expect(returns.panels[0].references.first?.value == earned.total.mean)

    let refused = try Tool.bench.run(
      ["report", "run", "--metric", "train/retrun"], in: scratch.path)
    #expect(refused.status == ExitReason.usage.rawValue)
    #expect(refused.errors.contains("Did you mean “train/return”?"), "\(refused.errors)")
  }

  /// The lines of a training that recorded a return.
  private static let returns = (1...3).map {
    #"{"iteration":\#($0),"episodes":1,"environmentSteps":\#($0)0,"train/return":\#($0)}"# + "\n"
  }.joined()

  /// Runs of a sweep that have not begun are no seeds yet.
  @Test func seedsAreThoseThatHaveBegun() throws {
    for seed in 0..<5 {
      try write(
        #"{"name": "walk", "seed": \#(seed), "agent": {}}"#, metrics: seed < 2 ? Self.returns : "",
        to: "seed\(seed)")
    }
    let report = try report("seed4", "seed0", "seed1", "seed2", "seed3")
    #expect(report.figure?.subtitle == "mean of 2 seeds, 95 % band")
    let curve = report.learningCurve(of: "train/return", over: .environmentSteps)
    #expect(curve.seeds.count == 2 && curve.estimator == .mean)
    #expect(try self.report("seed1", "seed2").figure?.subtitle == "seed 1")
  }

  /// What is said of the curves is said of all only where it holds for all.
  @Test func smoothingIsSaidOfWhatIsSmoothed() throws {
    for (name, smoothing) in [("walk", 20), ("run", 20), ("jump", 1), ("crawl", 50)] {
      try write(
        #"{"name": "\#(name)", "seed": 0, "agent": {}, "report": {"smoothing": \#(smoothing)}}"#,
        metrics: Self.returns, to: name)
    }
    try write(#"{"name": "sit", "seed": 0, "agent": {}}"#, to: "sit")
    #expect(try report("walk", "run").figure?.footnote == "running mean over 20 iterations")
    #expect(try report("sit", "walk").figure?.footnote == "running mean over 20 iterations")
    #expect(try report("jump").figure?.footnote == "")
    #expect(try report("jump", "walk").figure?.footnote == "walk: running mean over 20 iterations")
    #expect(
      try report("walk", "crawl").figure?.footnote
        == "walk: running mean over 20 iterations; crawl: running mean over 50 iterations")
  }

  /// More values than a person looks at share one panel, and their names are left to the table.
  @Test func largeGridsAreDrawn() throws {
    var names: [String] = []
    for rate in 1...135 {
      for weight in ["0", "0.1"] {
        names.append("grid/\(rate)-\(weight)")
        try write(
          #"{"name": "walk", "seed": \#(rate == 7 ? 1 : 0), "agent": {"rate": \#(rate), "weight": \#(weight)}}"#,
          changes: #"{"agent.rate": \#(rate), "agent.weight": \#(weight)}"#, metrics: Self.returns,
          to: names[names.count - 1])
      }
    }
    let report = RunReport(
      try names.map { try RunData(of: RunDirectory(scratch[$0]), library: .test) })
    let figure = try #require(report.figure)
    #expect(figure.panels.count == 1 && figure.panels[0].series.count == 270)
    #expect(figure.legend == .never && figure.subtitle == "seed 0 or seed 1")
    #expect(try report.draw(into: scratch["figures"]).count == 2)
    let few = RunReport(Array(report.runs.prefix(20)))
    #expect(few.figure?.panels.count == 10 && few.figure?.legend == .automatic)
  }

  @Test func withoutRowsThereIsNoTime() throws {
    try write(#"{"name": "walk", "agent": {}}"#, to: "out")
    let data = try RunData(of: RunDirectory(scratch["out"]), library: .test)
    #expect(data.unit == .environmentSteps && data.rows.isEmpty)
    #expect(try report("out").figure == nil)
  }

  /// How a run is tested decides nothing of its training; what both tests share is the largest one.
  @Test func evaluationsDoNotSeparateRuns() throws {
    _ = try bench("run", "walk.json", "--seed", "0", "--output", "small")
    _ = try bench(
      "run", "walk.json", "--seed", "1", "--output", "large", "--set", "evaluation.episodes=150")
    let both = try report("small", "large")
    #expect(both.groups.map(\.runs.count) == [2])
    #expect(both.table.contains("2 seeds"), "\(both.table)")
    #expect(!both.references.isEmpty)
    #expect(both.references.map(\.statistics.count) == both.references.map { _ in 150 })
    #expect(try report("large", "small").references == both.references)
  }

  /// As many parts of a path as it takes.
  @Test func optionsOfOneNameAreToldApart() throws {
    func write(_ agent: Int, _ model: Int, to name: String) throws {
      try self.write(
        #"{"name": "walk", "agent": {"size": \#(agent), "model": {"size": \#(model), "rate": 1}}}"#,
        changes: #"{"agent.size": \#(agent), "agent.model.size": \#(model)}"#, to: name)
    }
    try write(5, 200, to: "a")
    try write(5, 300, to: "b")
    try write(6, 200, to: "c")
    #expect(try report("a", "b").labels == ["size 200", "size 300"])
    #expect(
      try report("a", "b", "c").labels == [
        "agent.size 5, model.size 200", "agent.size 5, model.size 300",
        "agent.size 6, model.size 200",
      ])
  }
}

extension Panel {
  /// The same under another heading.
  fileprivate func titled(_ title: String) -> Panel {
    var panel = self
    panel.title = title
    return panel
  }
}
