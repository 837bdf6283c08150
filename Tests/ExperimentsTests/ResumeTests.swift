import Configuration
import Experiments
import Foundation
import Testing
import TestSupport

@Suite struct ResumeTests {
  private let scratch: Scratch
  private let whole: TestRun
  private let expected: [String: [UInt8]?]

  init() throws {
    scratch = try Scratch()
    whole = try TestRun(TestRun.json(), at: scratch["whole"])
    try whole.run()
    expected = scratch.comparableFiles(of: "whole", lastCheckpoint: "00000020")
    #expect(!expected.values.contains(nil))
  }

  @Test func equalRunsGiveEqualBytes() throws {
    try TestRun(TestRun.json(), at: scratch["again"]).run()
    #expect(scratch.comparableFiles(of: "again", lastCheckpoint: "00000020") == expected)
    try TestRun(TestRun.json("seed=1"), at: scratch["other"]).run()
    #expect(scratch.comparableFiles(of: "other", lastCheckpoint: "00000020") != expected)
  }

  @Test(arguments: 0...19) func resumesAfterAStopAtEveryIteration(stop: Int) throws {
    let run = try TestRun(TestRun.json(), at: scratch["stopped"])
    #expect(try run.run(limit: stop) == .interrupted(iteration: stop))
    let end = try run.run()
    guard case .finished = end else { return #expect(Bool(false), "\(end)") }
    #expect(scratch.comparableFiles(of: "stopped", lastCheckpoint: "00000020") == expected)
    #expect(bestCheckpoint(of: "stopped") == bestCheckpoint(of: "whole"))
  }

  @Test func resumesAfterManyStops() throws {
    let run = try TestRun(TestRun.json(), at: scratch["stopped"])
    for stop in 1...19 { #expect(try run.run(limit: 1) == .interrupted(iteration: stop)) }
    try run.run()
    #expect(scratch.comparableFiles(of: "stopped", lastCheckpoint: "00000020") == expected)
    #expect(bestCheckpoint(of: "stopped") == bestCheckpoint(of: "whole"))
  }

  @Test(arguments: [4, 8, 12, 16, 20]) func resumesFromEveryCheckpoint(iteration: Int) throws {
    let middle = scratch.bytes("whole/checkpoints/00000016/weights.safetensors")
    try whole.run(from: .iteration(iteration))
    #expect(scratch.comparableFiles(of: "whole", lastCheckpoint: "00000020") == expected)
    #expect(scratch.bytes("whole/checkpoints/00000016/weights.safetensors") == middle)
    #expect(whole.directory.checkpoints.iterations == [4, 8, 12, 16, 20])
  }

  /// A process may be killed after its last checkpoint and before the superfluous ones are removed.
  @Test func superfluousCheckpointsAreRemoved() throws {
    let run = try TestRun(TestRun.json("checkpoint.keep=2"), at: scratch["few"])
    try run.run()
    let kept = run.directory.checkpoints.iterations
    #expect(kept.suffix(2) == [16, 20] && !kept.contains(12))
    try FileManager.default.copyItem(
      atPath: scratch["few/checkpoints/00000016"], toPath: scratch["few/checkpoints/00000012"])
    try FileManager.default.removeItem(atPath: scratch["few/summary.json"])
    try run.run()
    #expect(run.directory.checkpoints.iterations == kept)
  }

  @Test func logsAreCutBackBeforeTheyGrow() throws {
    let run = try TestRun(TestRun.json(), at: scratch["stopped"])
    try run.run(limit: 9)
    // What a killed process may have left beyond its checkpoint.
    for name in ["metrics.jsonl", "timings.jsonl"] {
      let file = try #require(FileHandle(forWritingAtPath: scratch["stopped/" + name]))
      try file.seekToEnd()
      try file.write(contentsOf: Data(#"{"iteration":10,"#.utf8))
      try file.close()
    }
    try run.run()
    #expect(scratch.comparableFiles(of: "stopped", lastCheckpoint: "00000020") == expected)
    let timings = try #require(scratch.bytes("stopped/timings.jsonl"))
    let lines = String(decoding: timings, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 20)
    for (index, line) in lines.enumerated() {
      #expect(line.hasPrefix(#"{"iteration":\#(index + 1),"#))
    }
  }

  @Test func threadsAndCheckpointsAndFiguresDoNotMatter() throws {
    let json = try TestRun.json(
      "threads=1", "checkpoint.every=7", "report.smoothing=9", "summary=other")
    try TestRun(json, at: scratch["other"]).run()
    #expect(scratch.bytes("other/metrics.jsonl") == scratch.bytes("whole/metrics.jsonl"))
  }

  @Test func aChangedExperimentIsRefused() throws {
    let changed = try TestRun.json("agent.learningRate=0.2")
    let prepared = try #require(throws: Failure.self) {
      try TestRun(changed, at: scratch["whole"])
    }
    #expect(prepared.status == .changedExperiment)
    #expect(prepared.problem.contains("agent.learningRate = 0.1, not 0.2"))

    try changed.pretty.write(
      toFile: scratch["whole/experiment.json"], atomically: true, encoding: .utf8)
    let experiment = try ResolvedExperiment(json: changed, library: .test)
    let resumed = try #require(throws: Failure.self) {
      _ = try Session(experiment, in: whole.directory, options: SessionOptions())
    }
    #expect(resumed.status == .changedExperiment)
    #expect(scratch.comparableFiles(of: "whole", lastCheckpoint: "00000020") == expected)
  }

  @Test func anAllowedChangeGoesOn() throws {
    let longer = try ResolvedExperiment(
      json: TestRun.json("agent.iterations=24"), library: .test)
    var options = SessionOptions()
    options.allowedChanges = ["agent.iterations"]
    _ = try Session(longer, in: whole.directory, options: options).run()
    try TestRun(TestRun.json("agent.iterations=24"), at: scratch["longer"]).run()
    #expect(
      scratch.comparableFiles(of: "whole", lastCheckpoint: "00000024")
        == scratch.comparableFiles(of: "longer", lastCheckpoint: "00000024"))
  }

  /// A training that nothing is left of adopts nothing that it was not trained with.
  @Test func aChangeOfACompleteRunIsRefused() throws {
    let before = try scratch.snapshot(of: "whole")
    let resumed = try bench("resume", "whole", changing: "agent.learningRate=0.2")
    #expect(resumed.status == ExitReason.changedExperiment.rawValue, "\(resumed.errors)")
    #expect(
      resumed.errors.contains("agent.learningRate = 0.1, not 0.2\n  Nothing is left to train"))
    #expect(try scratch.snapshot(of: "whole") == before)
    let tested = try bench("eval", "whole")
    #expect(tested.status == 0, "\(tested.errors)")
    // The test and the figure are made anew, and longer trainings go on.
    for change in ["evaluation.episodes=20", "report.smoothing=3", "agent.iterations=22"] {
      let result = try bench("resume", "whole", changing: change)
      #expect(result.status == 0, "\(change): \(result.errors)")
    }
  }

  /// The checkpoints before a change hold the experiment without it, and are all there is when the process
  /// ends before the next one; here for a number that is not finite.
  @Test func anAdoptedChangeNeedsNoSecondPermission() throws {
    try TestRun(TestRun.json(), at: scratch["stopped"]).run(limit: 9)
    let changed = try bench("resume", "stopped", changing: "agent.failAt=11")
    #expect(changed.status == ExitReason.numerical.rawValue, "\(changed.errors)")
    let again = try bench("resume", "stopped")
    #expect(again.status == ExitReason.numerical.rawValue, "\(again.errors)")
    for checkpoint in ["latest", "8"] {
      let tested = try bench("eval", "stopped", "--checkpoint", checkpoint)
      #expect(tested.status == 0, "\(tested.errors)")
    }

    // What nobody adopted is refused, also at the same place.
    let adopted = try #require(scratch.bytes("stopped/experiment.json"))
    let edited = String(decoding: adopted, as: UTF8.self)
      .replacingOccurrences(of: "\"failAt\": 11", with: "\"failAt\": 15")
    try scratch.write(edited, to: "stopped/experiment.json")
    for verb in ["resume", "eval"] {
      let result = try bench(verb, "stopped")
      #expect(result.status == ExitReason.changedExperiment.rawValue, "\(result.errors)")
      #expect(result.errors.contains("agent.failAt = 0, not 15"), "\(result.errors)")
    }
    try scratch.write(String(decoding: adopted, as: UTF8.self), to: "stopped/experiment.json")

    let mended = try bench("resume", "stopped", changing: "agent.failAt=0")
    #expect(mended.status == 0, "\(mended.errors)")
    #expect(scratch.comparableFiles(of: "stopped", lastCheckpoint: "00000020") == expected)
  }

  @Test func aChangeThatTheCheckpointDoesNotFitIsNoDamage() throws {
    try TestRun(TestRun.json(), at: scratch["stopped"]).run(limit: 9)
    let before = try scratch.snapshot(of: "stopped")
    let result = try bench("resume", "stopped", changing: "agent.weights=8")
    #expect(result.status == ExitReason.checkpoint.rawValue, "\(result.errors)")
    #expect(
      result.errors.contains("checkpoints/00000009 does not fit the changed experiment: "),
      "\(result.errors)")
    #expect(result.errors.contains("\n  Leave out the change of agent.weights."))
    #expect(try scratch.snapshot(of: "stopped") == before)
  }

  @Test func anOptionThatMayChangeHasToExist() throws {
    for (path, part) in [
      (
        "agent.lerningRate",
        "agent.lerningRate: is not an option here\n  Did you mean “learningRate”?"
      ),
      ("foo", "foo: is not an option here\n  Allowed: "), ("agent.weights.x", "Name agent.weights"),
      ("agent.[", "is not a path"),
    ] {
      let result = try bench("resume", "whole", "--allow-config-change", path)
      #expect(result.status == ExitReason.configuration.rawValue, "\(result.errors)")
      #expect(result.errors.contains(part), "\(result.errors)")
    }
    let known = try bench("resume", "whole", "--allow-config-change", "agent.learningRate")
    #expect(known.status == 0, "\(known.errors)")
  }

  /// A checkpoint holds the experiment, too.
  @Test(arguments: ["whole/checkpoints", "whole/checkpoints/00000004", "whole/checkpoints/latest/"])
  func aCheckpointIsNoRun(path: String) throws {
    let before = try scratch.snapshot(of: "whole")
    for verb in ["resume", "eval", "report", "analyze", "watch"] {
      let result = try bench(verb, path)
      #expect(result.status == ExitReason.notFound.rawValue, "\(verb): \(result.errors)")
      #expect(result.errors.contains("\n  Name the run, whole"), "\(result.errors)")
      #expect(result.errors.contains("--checkpoint 4,") == path.hasSuffix("4"), "\(result.errors)")
      #expect(result.errors.contains("--checkpoint 20,") == path.hasSuffix("latest/"))
    }
    #expect(try scratch.snapshot(of: "whole") == before)
  }

  private func bench(_ arguments: String...) throws -> Tool.Result {
    try Tool.bench.run(arguments, in: scratch.path)
  }

  private func bench(_ verb: String, _ run: String, changing change: String) throws -> Tool.Result {
    let path = String(change.prefix { $0 != "=" })
    return try bench(verb, run, "--quiet", "--set", change, "--allow-config-change", path)
  }

  @Test func aSecondSessionIsKeptOut() throws {
    let session = try Session(
      whole.experiment, in: whole.directory, options: SessionOptions())
    let failure = try #require(throws: Failure.self) { try whole.run() }
    #expect(failure.status == .busy)
    _ = session.trainer
  }

  private func bestCheckpoint(of run: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(
      atPath: scratch[run + "/checkpoints/best"])
  }
}
