import Experiments
import Foundation
import Testing
import TestSupport

@Suite struct SweepTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      """
      {"name": "walk", "seed": 9, "environment": "walk", "agent": "wanderer",
       "checkpoint": {"every": 5}}
      """, to: "walk.json")
  }

  @Test func jobsDoNotMatterAndRepeatingGoesOn() throws {
    let arguments = ["run", "walk.json", "--seeds", "3"]
    let serial = try Tool.bench.run(arguments + ["--output", "serial"], in: scratch.path)
    #expect(serial.status == 0, "\(serial.errors)")
    #expect(serial.output.contains("3 seeds"))
    let parallel = try Tool.bench.run(
      arguments + ["--output", "parallel", "--jobs", "2"], in: scratch.path)
    #expect(parallel.status == 0, "\(parallel.errors)")
    #expect(parallel.output == serial.output)
    for seed in ["seed09", "seed10", "seed11"] {
      #expect(
        scratch.comparableFiles(of: "serial/" + seed, lastCheckpoint: "00000020")
          == scratch.comparableFiles(of: "parallel/" + seed, lastCheckpoint: "00000020"))
    }
    #expect(
      scratch.bytes("serial/seed09/metrics.jsonl") != scratch.bytes("serial/seed10/metrics.jsonl"))

    // Lose one run and half of another; the same command mends both and leaves the third alone.
    try FileManager.default.removeItem(atPath: scratch["serial/seed10"])
    try FileManager.default.removeItem(atPath: scratch["serial/seed11/summary.json"])
    let untouched = scratch.bytes("serial/seed09/timings.jsonl")
    let again = try Tool.bench.run(arguments + ["--output", "serial"], in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output == serial.output)
    #expect(scratch.bytes("serial/seed09/timings.jsonl") == untouched)
    let report = try Tool.bench.run(["report", "serial"], in: scratch.path)
    #expect(report.output == serial.output)
    let resumed = try Tool.bench.run(["resume", "serial"], in: scratch.path)
    #expect(resumed.output == serial.output)
  }

  /// The seeds of every agent, one after the other on two threads, or at the same time on one each.
  @Test(arguments: SmallExperiment.names)
  func neitherJobsNorThreadsMatter(agent: String) throws {
    let arguments = ["run", SmallExperiment.path(of: agent), "--seeds", "2", "--quiet"]
    let serial = try Tool.metarl.run(
      arguments + ["--output", "serial", "--threads", "2"], in: scratch.path)
    try #require(serial.status == 0, "\(serial.errors)")
    let parallel = try Tool.metarl.run(
      arguments + ["--output", "parallel", "--jobs", "2"], in: scratch.path)
    try #require(parallel.status == 0, "\(parallel.errors)")
    #expect(parallel.output == serial.output)
    for seed in ["seed0", "seed1"] {
      let end = RunDirectory(scratch["serial/" + seed]).checkpoints.iterations.last
      let last = CheckpointStore.name(of: try #require(end))
      let expected = scratch.comparableFiles(of: "serial/" + seed, lastCheckpoint: last)
      #expect(
        scratch.differingFiles(of: "parallel/" + seed, lastCheckpoint: last, from: expected) == [])
    }
    #expect(
      scratch.bytes("serial/seed0/metrics.jsonl") != scratch.bytes("serial/seed1/metrics.jsonl"))
  }

  @Test func aFailingSeedIsReportedWithItsStatus() throws {
    let result = try Tool.bench.run(
      [
        "run", "walk.json", "--seeds", "2", "--jobs", "2", "--output", "out", "--set",
        "agent.failAt=3",
      ], in: scratch.path)
    #expect(result.status == ExitReason.numerical.rawValue, "\(result.errors)")
    #expect(result.errors.contains("go on with: metarl resume out"))
    // The first thing a sweep does is what its seeds have in common.
    let references = scratch.bytes("out/seed09/references.json")
    #expect(references != nil && scratch.bytes("out/seed10/references.json") == references)
  }
}
