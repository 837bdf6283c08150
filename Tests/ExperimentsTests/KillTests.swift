import Experiments
import Foundation
import Glibc
import Testing
import TestSupport

/// A real process with a fast agent, killed at moments that the clock sets and resumed, leaves the bytes of one
/// that never stopped; and how signals end a run. ``KilledAgentTests`` has the agents that learn.
@Suite(.serialized) struct KillTests {
  private let scratch: Scratch
  private let file: String

  init() throws {
    scratch = try Scratch()
    file = try scratch.write(
      """
      {"name": "walk", "environment": "walk",
       "agent": {"name": "wanderer", "iterations": 60, "weights": 500, "delay": 5},
       "checkpoint": {"every": 3}, "evaluation": {"episodes": 20, "every": 10}}
      """, to: "walk.json")
  }

  @Test func killedRunsEqualWholeOnes() throws {
    let command = ["run", file]
    let lastCheckpoint = "00000060"
    let whole = try Tool.bench.run(
      command + ["--output", "whole", "--threads", "1"], in: scratch.path)
    try #require(whole.status == 0, "\(whole.errors)")
    let expected = scratch.comparableFiles(of: "whole", lastCheckpoint: lastCheckpoint)
    #expect(!expected.values.contains(nil))

    var kills = 0
    for attempt in 0..<6 {
      let name = "killed\(attempt)"
      var running = try Tool.bench.start(command + ["--output", name], in: scratch.path)
      // Pauses grow, so that a busy machine gets through, too.
      var patience = 1.0
      while true {
        let deadline = Date() + patience * Double.random(in: 0.1...0.4)
        patience *= 1.25
        while running.isRunning && Date() < deadline { usleep(500) }
        if running.isRunning {
          running.signal(SIGKILL)
          kills += 1
        }
        let end = try running.finish()
        if end.status == 0 { break }
        try #require(end.status == 128 + SIGKILL, "\(end.errors)")
        // Before the run directory was set up there is nothing to resume.
        let exists = FileManager.default.fileExists(atPath: scratch[name + "/experiment.json"])
        running = try Tool.bench.start(
          exists ? ["resume", name, "--threads", "2"] : command + ["--output", name],
          in: scratch.path)
      }
      #expect(scratch.comparableFiles(of: name, lastCheckpoint: lastCheckpoint) == expected)
    }
    #expect(kills > 0)
  }

  @Test func theFirstSignalStoresAndTheSecondEnds() throws {
    let changes = ["--set", "agent.delay=100"]
    for (signal, name) in [(SIGINT, "int"), (SIGTERM, "term")] {
      let running = try Tool.bench.start(
        ["run", file, "--output", name] + changes, in: scratch.path)
      try waitForMetrics(of: name)
      running.signal(signal)
      let end = try running.finish()
      #expect(end.status == 75)
      #expect(end.errors.contains("Go on with: metarl resume \(name)"), "\(end.errors)")
      #expect(scratch.bytes(name + "/checkpoints/latest/manifest.json") != nil)
    }
    let stubborn = try Tool.bench.start(
      ["run", file, "--output", "two", "--set", "agent.delay=3000"], in: scratch.path)
    // Its first iteration takes longer than this test.
    try waitForMetrics(of: "two", rows: false)
    usleep(100_000)
    stubborn.signal(SIGTERM)
    usleep(100_000)
    stubborn.signal(SIGTERM)
    #expect(try stubborn.finish().status == 128 + SIGTERM)
  }

  /// Runs of a sweep do not outlive it, and it goes on with them.
  @Test func aKilledSweepTakesItsRunsAlong() throws {
    let sweep = ["run", file, "--seeds", "2", "--jobs", "2", "--output"]
    let whole = try Tool.bench.run(sweep + ["whole"], in: scratch.path)
    try #require(whole.status == 0, "\(whole.errors)")
    // Alone, the runs would take half a minute.
    let running = try Tool.bench.start(
      sweep + ["out", "--set", "agent.delay=500"], in: scratch.path)
    for seed in ["seed0", "seed1"] { try waitForMetrics(of: "out/" + seed) }
    running.signal(SIGKILL)
    #expect(try running.finish().status == 128 + SIGKILL)
    for seed in ["seed0", "seed1"] {
      let resume = [
        "resume", "out/" + seed, "--set", "agent.delay=0", "--allow-config-change", "agent.delay",
      ]
      let deadline = Date() + 10
      var resumed = try Tool.bench.run(resume, in: scratch.path)
      // A run that is at work holds its directory.
      while resumed.status == ExitReason.busy.rawValue && Date() < deadline {
        usleep(50_000)
        resumed = try Tool.bench.run(resume, in: scratch.path)
      }
      #expect(resumed.status == 0, "\(resumed.errors)")
      let log = seed + "/metrics.jsonl"
      #expect(scratch.bytes("out/" + log) == scratch.bytes("whole/" + log))
    }
  }

  /// Waits until the run has begun, and with `rows` until its first iteration is recorded.
  private func waitForMetrics(of run: String, rows: Bool = true) throws {
    let deadline = Date() + 20
    while true {
      if let bytes = scratch.bytes(run + "/metrics.jsonl"), !rows || !bytes.isEmpty { return }
      try #require(Date() < deadline)
      usleep(1000)
    }
  }
}
