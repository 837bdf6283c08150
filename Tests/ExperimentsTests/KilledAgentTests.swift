import Experiments
import Foundation
import Glibc
import Testing
import TestSupport

/// Every agent in the real program, killed at random moments and resumed with another number of threads,
/// leaves the bytes of a run that never stopped.
@Suite struct KilledAgentTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A moment of a run's life.
  private struct Moment: CustomStringConvertible {
    /// Rows of metrics that are there; 0 before the first one.
    let rows: Int
    /// Seconds since then.
    let delay: Double

    var description: String { "row \(rows) + \(Int(1000 * delay)) ms" }

    /// Moments in their order, in a run of so many rows, the first in the first half. A few lie in the loading
    /// of the program, in the tests behind the last row, and, as a killed run has rows beyond its checkpoint,
    /// in the resuming.
    static func random(_ count: Int, rows: Int) -> [Moment] {
      let others = (1..<count).map { _ in Int.random(in: 0...rows) }
      return ([.random(in: 0...rows / 2)] + others).sorted().map { row in
        Moment(rows: row, delay: .random(in: row == 0 ? 0...0.1 : 0...0.03))
      }
    }
  }

  @Test(arguments: SmallExperiment.names) func killedRunsEqualWholeOnes(agent: String) throws {
    let command = ["run", SmallExperiment.path(of: agent), "--quiet"]
    let whole = try Tool.metarl.run(
      command + ["--output", "whole", "--threads", "1"], in: scratch.path)
    try #require(whole.status == 0, "\(whole.errors)")
    let store = RunDirectory(scratch["whole"]).checkpoints
    let end = try #require(store.iterations.last)
    let last = CheckpointStore.name(of: end)
    let expected = scratch.comparableFiles(of: "whole", lastCheckpoint: last)
    #expect(!expected.values.contains(nil))

    let moments = Moment.random(4, rows: end)
    let kills = try run(command, "killed", threads: .random(in: 1...2), killedAt: moments)
    let story: Comment = "killed \(kills) times at \(moments)"
    #expect(kills > 0, story)
    #expect(
      scratch.differingFiles(of: "killed", lastCheckpoint: last, from: expected) == [], story)
    let killed = RunDirectory(scratch["killed"]).checkpoints
    #expect(killed.iterations == store.iterations, story)
    #expect(try killed.find(.best) == store.find(.best), story)
  }

  /// Runs to the end, through a kill at each moment that is reached, alternating between one and two
  /// threads. Returns the number of kills.
  private func run(
    _ command: [String], _ name: String, threads: Int, killedAt moments: [Moment]
  ) throws -> Int {
    var threads = threads
    func start() throws -> Tool.Running {
      // Before the run directory was set up there is nothing to resume.
      let exists = FileManager.default.fileExists(atPath: scratch[name + "/experiment.json"])
      return try Tool.metarl.start(
        (exists ? ["resume", name, "--quiet"] : command + ["--output", name])
          + ["--threads", "\(threads)"], in: scratch.path)
    }
    var kills = 0
    for moment in moments {
      let running = try start()
      while running.isRunning && rows(of: name) < moment.rows { usleep(500) }
      let deadline = Date() + moment.delay
      while running.isRunning && Date() < deadline { usleep(500) }
      if running.isRunning { running.signal(SIGKILL) }
      let end = try running.finish()
      if end.status == 0 { return kills }
      try #require(end.status == 128 + SIGKILL, "\(end.errors)")
      kills += 1
      threads = 3 - threads
    }
    let end = try start().finish()
    try #require(end.status == 0, "\(end.errors)")
    return kills
  }

  private func rows(of name: String) -> Int {
    scratch.bytes(name + "/metrics.jsonl")?.count { $0 == UInt8(ascii: "\n") } ?? 0
  }
}
