import Agents
import Configuration
import Experiments
import Foundation
import Render
import Sequences
import Testing
import TestSupport

/// Runs that learn a task on sequences.
@Suite struct TaskRunTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static func json(_ changes: String...) throws -> JSONValue {
    let base = try JSONValue(
      parsing: """
        {"name": "signs", "task": {"name": "sign-copy", "length": 6, "examples":
          {"training": 0, "validation": 40, "test": 30}},
         "learner": {"name": "bptt", "network": {"name": "recurrent", "sizes": [5], "hidden": []},
          "updates": 12, "updatesPerIteration": 2, "batch": 8, "keepsBest": true},
         "evaluation": {"every": 2}, "checkpoint": {"every": 2, "keep": 100}}
        """)
    return try changes.reduce(base) { try $0.applying(Override($1)) }
  }

  private func run(_ changes: String..., at name: String) throws -> TestRun {
    try TestRun(changes.reduce(Self.json()) { try $0.applying(Override($1)) }, at: scratch[name])
  }

  @Test func equalRunsGiveEqualBytesWhereverTheyStop() throws {
    try run(at: "whole").run()
    let expected = scratch.comparableFiles(of: "whole", lastCheckpoint: "00000006")
    #expect(!expected.values.contains(nil))
    for stop in [0, 1, 4] {
      let stopped = try run("threads=1", at: "stopped\(stop)")
      #expect(try stopped.run(limit: stop) == .interrupted(iteration: stop))
      try stopped.run()
      #expect(
        scratch.comparableFiles(of: "stopped\(stop)", lastCheckpoint: "00000006") == expected)
    }
  }

  /// Updates have no effect beside epochs. Who set them is told so; who did not is left alone.
  @Test func updatesBesideEpochsAreRemarkedOn() throws {
    let json = try Self.json("task.examples.training=16", "learner.epochs=2")
    for (change, remarks) in [
      ("learner.updates=12", 1), ("learner.updates=3000", 0), ("learner.epochs=0", 0),
    ] {
      let changed = try json.applying(Override(change))
      let trainer = try ResolvedExperiment(json: changed, library: .standard).makeTrainer(
        threads: 1)
      #expect(trainer.remarks.count == remarks, "\(change)")
      #expect(trainer.totalIterations == (change == "learner.epochs=0" ? 6 : 2), "\(change)")
    }
    try scratch.write(json.pretty, to: "signs.json")
    let run = try Tool.metarl.run(["run", "signs.json", "--output", "out"], in: scratch.path)
    let described = try Tool.metarl.run(["describe", "signs.json"], in: scratch.path)
    for text in [run.errors, described.output] {
      #expect(text.contains("note: learner.updates = 12 has no effect beside learner.epochs = 2;"))
    }
  }

  @Test func theSummarySaysWhatWasLearned() throws {
    try run(at: "out").run()
    let summary = try Summary(contentsOf: scratch["out/summary.json"])
    #expect(summary.progress.updates == 12 && summary.progress.examples == 96)
    #expect(summary.headlineMetric == "validation/accuracy")
    guard case .examples(let test) = summary.test else { return #expect(Bool(false)) }
    #expect(test.count == 30 && test.kind == .crossEntropy && test.accuracy != nil)
    #expect(summary.references.map(\.name) == ["constant answer"])
    let lines = String(
      decoding: try #require(scratch.bytes("out/evaluation.jsonl")), as: UTF8.self
    ).split(separator: "\n")
    #expect(lines.count == 30)
    #expect(lines[0].hasPrefix(#"{"loss":"#) && lines[0].contains(#""accuracy":"#))
    let metrics = String(
      decoding: try #require(scratch.bytes("out/metrics.jsonl")), as: UTF8.self
    ).split(separator: "\n")
    #expect(metrics.count == 6)
    #expect(metrics[1].hasPrefix(#"{"iteration":2,"updates":4,"examples":32,"train/loss":"#))
    #expect(metrics[1].contains("test/accuracy") && !metrics[0].contains("test/accuracy"))
  }

  /// Spikes of the test examples are in the summary, in the log and under the table of the report;
  /// networks without spikes say nothing of them.
  @Test func theSummarySaysHowActiveTheNetworkWas() throws {
    let spiking = [
      #"learner.network.cell={"name": "lsnn", "threshold": 0.02}"#, "learner.keepsBest=false",
    ]
    for seed in 1...2 {
      let json = try (spiking + ["seed=\(seed)"]).reduce(Self.json()) {
        try $0.applying(Override($1))
      }
      try TestRun(json, at: scratch["lsnn\(seed)"]).run()
    }
    try run("name=gru", at: "gru").run()
    let report = try report("lsnn1", "lsnn2", "gru")
    let activity = try report.summaries.prefix(2).map { summary in
      let test: ExampleStatistics? =
        if case .examples(let test) = summary.test { test } else { nil }
      #expect(test?.activity.map(\.name) == ["recurrent0/activity"])
      return try #require(test?.activity.first).value
    }
    let last = try #require(report.runs[0].rows.last).metrics
    func logged(_ split: String) throws -> Double {
      try #require(last.first { $0.name == "\(split)/recurrent0/activity" }).value
    }
    #expect(try 0 < activity[0] && activity[0] < 0.2 && activity[0] == logged("test"))
    #expect(try activity[0] != logged("validation"))
    let mean = String(format: "%.4g", (activity[0] + activity[1]) / 2)
    let lines = report.table.split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    let heading = try #require(
      lines.firstIndex { $0 == ["mean", "activity", "recurrent0/activity"] })
    #expect(lines[heading + 1] == ["2", "seeds", mean], "\(report.table)")
    #expect(lines.count { $0.first == "mean" } == 1)
    let plain = String(decoding: try #require(scratch.bytes("gru/summary.json")), as: UTF8.self)
    #expect(!plain.contains("activity"))
  }

  /// What is stored can be read again, and names nothing that belongs to agents.
  @Test func theResolvedExperimentIsComplete() throws {
    let experiment = try ResolvedExperiment(json: Self.json(), library: .standard)
    #expect(experiment.json["environment"] == nil && experiment.json["agent"] == nil)
    #expect(experiment.json["evaluation"]?["episodes"] == nil)
    #expect(experiment.json["learner"]?["optimizer"]?["learningRate"] == .number("0.001"))
    let again = try ResolvedExperiment(json: experiment.json, library: .standard)
    #expect(again.json == experiment.json)
  }

  @Test func reportsDrawLossAndAccuracy() throws {
    try run(at: "gru").run()
    let other = try run(
      "name=lstm", "learner.network.cell=lstm", "task.examples.validation=0",
      "learner.keepsBest=false", at: "lstm")
    try other.run(limit: 3)
    let single = try report("gru")
    let figure = try #require(single.figure)
    #expect(figure.panels.map(\.y.title) == ["cross-entropy (nats)", "accuracy"])
    #expect(figure.panels.allSatisfy { $0.series.map(\.name) == ["training", "validation"] })
    #expect(figure.panels.allSatisfy { $0.x.title == "updates" && $0.references.count == 1 })
    #expect(single.table.contains("accuracy") && single.table.contains("constant answer"))
    #expect(try single.draw(into: scratch["figures"]).count == 2)
    // A run without validation and without an end.
    let unfinished = try #require(try report("lstm").figure)
    #expect(unfinished.panels.map(\.y.title) == ["loss", "accuracy"])
    #expect(unfinished.panels[0].series.map(\.name) == ["training"])
    let both = try #require(try report("gru", "lstm").figure)
    #expect(both.panels[0].series.map(\.name) == ["signs", "lstm"])
    // One of them has no validation, so what is drawn is the training.
    for case .line(let x, _, _) in both.panels.flatMap(\.series).map(\.mark) { #expect(!x.isEmpty) }
  }

  /// An error of values and a cross-entropy have no axis and no column in common.
  @Test func lossesOfDifferentKindsStandApart() throws {
    for (answer, seeds) in [("values", 0..<1), ("signs", 0..<2)] {
      for seed in seeds {
        let run = try run(
          "name=noise", "task.name=denoising", "task.length=12", "task.padding=2", "task.values=2",
          "task.answer=\(answer)", "seed=\(seed)", at: answer + String(seed))
        // The second seed of signs has not come to its end, and so nobody knows its loss.
        try run.run(limit: seed == 0 ? .max : 3)
      }
    }
    let report = try report("values0", "signs0", "signs1")
    let figure = try #require(report.figure)
    #expect(figure.panels.map(\.title) == ["answer values", "answer signs", "answer signs"])
    #expect(
      figure.panels.map(\.y.title) == [
        "mean squared error", "cross-entropy (nats per bit)", "accuracy",
      ])
    #expect(
      figure.subtitle == "answer values: seed 0; answer signs: mean of 2 seeds, 95 % band")
    let tables = report.table.components(separatedBy: "\n\n")
    try #require(tables.count == 2, "\(report.table)")
    #expect(tables[0].contains("mean squared error") && !tables[0].contains("accuracy"))
    #expect(tables[0].contains("answer values, seed 0") && !tables[0].contains("signs"))
    #expect(tables[1].contains("accuracy") && tables[1].contains("answer signs, seed 0"))
    #expect(tables.allSatisfy { $0.contains("constant answer") })
    // Without any complete run, what is recorded tells.
    for name in ["values0", "signs0"] {
      try FileManager.default.removeItem(atPath: scratch[name + "/summary.json"])
    }
    let begun = try self.report("values0", "signs0")
    #expect(begun.figure?.panels.map(\.y.title) == ["loss", "loss", "accuracy"])
  }

  private func report(_ names: String...) throws -> RunReport {
    RunReport(try names.map { try RunData(of: RunDirectory(scratch[$0]), library: .test) })
  }

  /// Of values the smallest loss is the best.
  @Test func theBestCheckpointHasTheSmallestLoss() throws {
    let copy = try run(
      "task.name=copy-first-input", "learner.optimizer.learningRate=0.3", at: "copy")
    try copy.run()
    let rows = try MetricsRecorder.rows(in: scratch["copy/metrics.jsonl"])
    let losses = rows.map { $0["validation/loss"] }
    let means = (0..<3).map { losses[2 * $0] + losses[2 * $0 + 1] }
    let best = try #require(means.indices.min { means[$0] < means[$1] })
    let link = try FileManager.default.destinationOfSymbolicLink(
      atPath: scratch["copy/checkpoints/best"])
    #expect(link.hasSuffix("\(2 * best + 2)"))
  }

  @Test func anEarlyEndIsAnEnd() throws {
    let run = try run(
      "learner.optimizer.learningRate=0", "learner.stopping.patience=2", at: "out")
    guard case .finished(let summary) = try run.run() else { return #expect(Bool(false)) }
    #expect(summary.progress.iterations == 3)
    #expect(FileManager.default.fileExists(atPath: scratch["out/checkpoints/00000003"]))
    guard case .finished = try run.run() else { return #expect(Bool(false)) }
  }

  @Test func aTestMayHaveAnotherLength() throws {
    try run(at: "out").run()
    let directory = RunDirectory(scratch["out"])
    let longer = try directory.storedExperiment().applying(Override("task.length=50"))
    let evaluation = try Evaluation(
      ResolvedExperiment(json: longer, library: .standard), in: directory, checkpoint: .latest,
      threads: 1)
    #expect(evaluation.statistics.count == 30)
    #expect(evaluation.table.contains("accuracy"))
    let other = try directory.storedExperiment().applying(Override("learner.batch=4"))
    #expect(throws: Failure.self) {
      try Evaluation(
        ResolvedExperiment(json: other, library: .standard), in: directory, checkpoint: .latest,
        threads: 1)
    }
  }

  @Test func missingDataAreExplained() throws {
    try scratch.write(
      """
      {"name": "pictures", "task": {"name": "mnist", "data": "nowhere"}, "learner": "bptt"}
      """, to: "pictures.json")
    let result = try Tool.metarl.run(["run", "pictures.json", "--output", "out"], in: scratch.path)
    #expect(result.status == ExitReason.notFound.rawValue)
    #expect(result.errors.contains("MNIST was not found") && result.errors.contains("nowhere"))
  }
}
