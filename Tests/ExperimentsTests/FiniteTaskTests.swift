import Agents
import Configuration
import Envs
import Experiments
import Foundation
import Tensor
import Testing
import TestSupport

/// Trainings and tests on finite sets of tasks.
@Suite struct FiniteTaskTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func walk(_ changes: String...) throws -> JSONValue {
    try changes.reduce(TestRun.json()) { try $0.applying(Override($1)) }
  }

  /// The goals of the tasks that ten rows of an experiment begin with.
  private func goals(_ json: JSONValue, _ split: TaskSplit) throws -> [Float] {
    let experiment = try ResolvedExperiment(json: json, library: .test)
    guard case .agent(_, let environment) = experiment.subject else { return [] }
    let key =
      split == .train ? RandomKey(seed: experiment.experiment.seed) : experiment.evaluationKey
    let batch = environment.makeBatch(count: 10, split: split, key: key)
    let walks = try #require(batch as? BatchedEnvironment<Walk>)
    return (0..<10).map { walks.task(row: $0) }
  }

  /// Tasks to learn from are below zero, those for tests above.
  @Test func testsAreOnTheTasksAskedFor() throws {
    let one = try walk("environment.tasks.train=1", "evaluation.tasks=train")
    let trained = try goals(one, .train)
    #expect(Set(trained).count == 1 && trained[0] < 0)
    #expect(try goals(one, .test) == trained)
    #expect(try goals(one.applying(Override("seed=5")), .train) == trained)
    #expect(try goals(one.applying(Override("evaluation.tasks=test")), .test).allSatisfy { $0 > 0 })
    let held = try goals(walk("environment.tasks.train=1", "environment.tasks.test=2"), .test)
    #expect(Set(held).count == 2 && held.allSatisfy { $0 > 0 })
    // Without a set the split alone is that of the training.
    let open = try walk("evaluation.tasks=train")
    #expect(Set(try goals(open, .test) + goals(open, .train)).count == 20)
    #expect(try goals(open, .test).allSatisfy { $0 < 0 })
  }

  /// The policy to compare with is told by its return where the goal is.
  @Test func policiesToCompareWithSeeTheSameTasks() throws {
    func spread(_ changes: String..., at name: String) throws -> (mean: Double, interval: Double) {
      let json = try changes.reduce(walk("environment.gain=1")) {
        try $0.applying(Override($1))
      }
      let run = try TestRun(json, at: scratch[name])
      guard case .finished(let summary) = try run.run() else { return (.nan, .nan) }
      let returns = try #require(summary.references.first).statistics.primary
      let interval = try #require(returns.interval)
      return (returns.mean, interval.upperBound - interval.lowerBound)
    }
    let json = try walk("environment.tasks.train=1")
    let goal = try goals(json, .train)[0]
    let same = try spread("environment.tasks.train=1", "evaluation.tasks=train", at: "same")
    #expect(abs(same.mean - 8 * Double(goal)) < 1e-5 && same.interval < 1e-5)
    #expect(try spread("environment.tasks.train=1", at: "new").interval > 0.1)
    // The question is another one although nothing but the tasks of the test has changed.
    let run = RunDirectory(scratch["new"])
    let other = try run.storedExperiment().applying(Override("evaluation.tasks=train"))
    let evaluation = try Evaluation(
      ResolvedExperiment(json: other, library: .test), in: run, checkpoint: .latest, threads: 1)
    #expect(
      abs(try #require(evaluation.references.first).statistics.primary.mean - same.mean) < 1e-5)
    #expect(evaluation.table.contains("test on training tasks"))
  }

  /// Of each kind of batch; the stop is in the middle of a trial.
  @Test(arguments: ["nmd-benchmark1", "arm-reaching"])
  func aStoppedTrainingGoesOnToTheBit(environment: String) throws {
    let json = try JSONValue(
      parsing: """
        {"name": "few", "environment": {"name": "\(environment)", "horizon": 7,
           "tasks": {"train": 3, "test": 2}},
         "agent": {"name": "a2c", "network": {"name": "recurrent", "sizes": [4], "hidden": []},
           "steps": 480, "environments": 4, "rolloutSteps": 10, "rolloutsPerIteration": 2},
         "evaluation": {"every": 2, "episodes": 10, "tasks": "train"},
         "checkpoint": {"every": 2, "keep": 9}}
        """)
    try TestRun(json, at: scratch["whole"]).run()
    let stopped = try TestRun(json, at: scratch["stopped"])
    for stop in [1, 3] {
      #expect(try stopped.run(limit: stop == 1 ? 1 : 2) == .interrupted(iteration: stop))
    }
    try stopped.run()
    let expected = scratch.comparableFiles(of: "whole", lastCheckpoint: "00000006")
    #expect(
      scratch.differingFiles(of: "stopped", lastCheckpoint: "00000006", from: expected) == [])
    // Other tasks are another training.
    let other = try TestRun(
      json.applying(Override("environment.tasks.seed=1")), at: scratch["other"])
    try other.run()
    #expect(scratch.bytes("other/metrics.jsonl") != scratch.bytes("whole/metrics.jsonl"))
  }

  /// Tests on tasks of the training are another kind of test: they are named, and no samples of the usual one.
  @Test func reportsTellTheTestsApart() throws {
    for (name, tasks) in [("same", "train"), ("new", "test")] {
      for seed in 0...1 {
        try TestRun(
          walk("environment.tasks.train=1", "evaluation.tasks=\(tasks)", "seed=\(seed)"),
          at: scratch["\(name)\(seed)"]
        ).run()
      }
    }
    func report(_ names: String...) throws -> RunReport {
      RunReport(try names.map { try RunData(of: RunDirectory(scratch[$0]), library: .test) })
    }
    #expect(try report("same0", "same1").table.hasPrefix("on training tasks "))
    #expect(try report("same0", "same1").groups.count == 1)
    #expect(try !report("new0", "new1").table.contains("training"))
    let all = try report("same0", "new0", "same1", "new1")
    #expect(all.labels == ["tasks train", "tasks test"])
    #expect(all.table.contains("tasks train, 2 seeds") && !all.table.contains("on training tasks"))
    #expect(all.references.isEmpty, "policies have met other tasks in each")
  }

  @Test func whatIsAskedForIsRead() throws {
    func problem(_ json: JSONValue) throws -> ConfigurationError {
      try #require(throws: ConfigurationError.self) {
        try ResolvedExperiment(json: json, library: .test)
      }
    }
    let word = try problem(walk("evaluation.tasks=training"))
    #expect(word.path.description == "evaluation.tasks" && word.remedy.contains("train"))
    let sequences = try problem(
      JSONValue(
        parsing: """
          {"name": "signs", "task": "sign-copy", "learner": "bptt", "evaluation": {"tasks": "train"}}
          """))
    #expect(sequences.description.contains("evaluation.tasks: is for agents"), "\(sequences)")
    let resolved = try ResolvedExperiment(
      json: JSONValue(parsing: #"{"name": "signs", "task": "sign-copy", "learner": "bptt"}"#),
      library: .test)
    #expect(resolved.json["evaluation"]?["tasks"] == nil)
  }

  @Test func describeSaysHowManyTasksThereAre() throws {
    try scratch.write(try walk("evaluation.episodes=3").compact, to: "walk.json")
    func tasks(_ changes: String...) throws -> String? {
      let result = try Tool.bench.run(
        ["describe", "walk.json"] + changes.flatMap { ["--set", $0] }, in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
      return result.output.split(separator: "\n").first { $0.hasPrefix("  tasks: ") }.map {
        String($0.dropFirst("  tasks: ".count))
      }
    }
    #expect(try tasks() == "ever new to learn from, ever new for tests")
    #expect(
      try tasks("environment.tasks.train=10", "environment.tasks.test=5")
        == "10 to learn from, 5 for tests")
    #expect(
      try tasks("environment.tasks.train=1", "evaluation.tasks=train")
        == "1 to learn from, tests draw from the same")
  }
}
