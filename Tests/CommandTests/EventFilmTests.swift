import Envs
import Experiments
import Foundation
import TestSupport
import Testing

/// `metarl watch --record-events`
@Suite struct EventFilmTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func train(in environment: String, agent: String) throws {
    try scratch.write(
      #"{"name": "eyes", "environment": \#(environment), "agent": \#(agent),"#
        + #" "evaluation": {"episodes": 1}}"#, to: "eyes.json")
    let run = try Tool.bench.run(
      ["run", "eyes.json", "--output", "out", "--quiet"], in: scratch.path)
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func bothFormatsHoldTheSameEvents() throws {
    try train(
      in: #"{"name": "ball-reaching-events", "world": {"horizon": 100}}"#,
      agent: #"{"name": "spore", "hours": 0.001, "decoder": {"form": "vector", "gain": 0.5},"#
        + #" "network": {"neurons": {"exponentialRate": 20, "slope": 1, "current": -2}}}"#)
    for name in ["events.txt", "events.aedat"] {
      let result = try Tool.bench.run(
        ["watch", "out", "--record-events", name, "--episodes", "3"], in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("events to \(name)"))
    }
    let text = try EventRecording.events(
      fromText: String(decoding: scratch.bytes("events.txt") ?? [], as: UTF8.self))
    let aedat = try EventRecording.events(fromAEDAT: scratch.bytes("events.aedat") ?? [])
    #expect(text == aedat)
    #expect(!text.isEmpty)
    #expect(zip(text, text.dropFirst()).allSatisfy { $0.time <= $1.time })
    // Three episodes of 100 steps of 20 ms follow each other.
    let last = try #require(text.last?.time)
    #expect((4_000_001...6_000_000).contains(last))
  }

  /// A long trial is left when there is a newer agent, and the times of its events are not used again.
  @Test func timesGoOnWhereATrialIsLeft() throws {
    let run = try TestRun(
      TestRun.json(
        #"environment={"name": "ball-reaching-events", "world": {"horizon": 3000}}"#,
        #"agent={"name": "spore", "hours": 0.001, "secondsPerIteration": 0.1,"#
          + #" "decoder": {"form": "vector", "gain": 0.5},"#
          + #" "network": {"neurons": {"exponentialRate": 20, "slope": 1, "current": -2}}}"#,
        #"evaluation={"episodes": 1, "every": 1000}"#), at: scratch["run"])
    try run.run(limit: 1)
    let watched = try Demonstration(
      run.experiment, in: run.directory, key: run.experiment.evaluationKey)
    var limits = WatchLimits(steps: 2300)
    limits.shouldStop = {
      if watched.steps == 100 { #expect(throws: Never.self) { try run.run(limit: 1) } }
      return false
    }
    let count = try EventFilm.record(watched, limits: limits, to: scratch["events.txt"])
    #expect((watched.iteration, watched.finishedEpisodes) == (2, 0))
    let events = try EventRecording.events(
      fromText: String(decoding: scratch.bytes("events.txt") ?? [], as: UTF8.self))
    #expect(events.count == count)
    #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
    // The second trial begins after 2048 steps of 20 ms, and has events.
    let last = try #require(events.last?.time)
    #expect((40_960_001...46_000_000).contains(last))
  }

  @Test func whatCannotBeRecordedIsSaid() throws {
    try train(in: #""walk""#, agent: #"{"name": "wanderer", "iterations": 2}"#)
    let blind = try Tool.bench.run(
      ["watch", "out", "--record-events", "e.txt"], in: scratch.path)
    #expect(blind.status == ExitReason.usage.rawValue)
    #expect(blind.errors.contains("has no event camera"))
    #expect(scratch.bytes("e.txt") == nil)
    let unknown = try Tool.bench.run(
      ["watch", "out", "--record-events", "e.csv"], in: scratch.path)
    #expect(unknown.status == ExitReason.usage.rawValue)
    #expect(unknown.errors.contains("does not say how events are to be written"))
    let both = try Tool.bench.run(
      ["watch", "out", "--record-events", "e.txt", "--record", "e.png"], in: scratch.path)
    #expect(both.status == ExitReason.usage.rawValue)
  }
}
