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
