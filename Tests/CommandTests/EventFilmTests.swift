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
