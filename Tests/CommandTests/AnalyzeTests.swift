import Configuration
import Experiments
import Foundation
import TestSupport
import Testing

/// `metarl analyze`
@Suite struct AnalyzeTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func train(in environment: String, agent: String) throws {
    try scratch.write(
      #"{"name": "looked-at", "environment": \#(environment), "agent": \#(agent),"#
        + #" "evaluation": {"episodes": 1}}"#, to: "looked-at.json")
    let run = try bench("run", "looked-at.json", "--output", "out", "--quiet")
    #expect(run.status == 0, "\(run.errors)")
  }

  private func bench(_ arguments: String...) throws -> Tool.Result {
    try Tool.bench.run(arguments, in: scratch.path)
  }

  private func trainSpore() throws {
    try train(
      in: #"{"name": "ball-reaching-events", "world": {"horizon": 100}}"#,
      agent: #"{"name": "spore", "hours": 0.001}"#)
  }

  @Test func anAgentWithoutAnalysesSaysSo() throws {
    try train(in: #""walk""#, agent: #""wanderer""#)
    for arguments in [["analyze", "out"], ["analyze", "out", "--kind", "fields"]] {
      let result = try Tool.bench.run(arguments, in: scratch.path)
      #expect(result.status == ExitReason.usage.rawValue)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("no analyses: the agent of looked-at has none"))
      for kind in ["modulation", "freeze", "fields"] { #expect(result.errors.contains(kind)) }
    }
  }

  @Test func anUnknownAnalysisIsNamed() throws {
    try trainSpore()
    let unknown = try bench("analyze", "out", "--kind", "feilds")
    #expect(unknown.status == ExitReason.usage.rawValue)
    #expect(unknown.errors.contains("Did you mean “fields”?"), "\(unknown.errors)")
    let played = try bench("analyze", "out", "--kind", "fields", "--episodes", "20")
    #expect(played.status == ExitReason.usage.rawValue)
    #expect(played.errors.contains("plays no episodes"), "\(played.errors)")
  }

  /// The figure says by itself what was held when.
  @Test func phasesOfAFreezeAreDrawn() throws {
    try train(
      in: #"{"name": "nmd-benchmark3", "horizon": 60}"#,
      agent: #"{"name": "kl-ppo", "episodes": 10, "episodesPerIteration": 10, "trainCut": 40,"#
        + #" "window": 20, "network": {"name": "nmd", "sizes": [8], "modulationSize": 5,"#
        + #" "hidden": [6]}}"#)
    let result = try bench("analyze", "out", "--kind", "freeze", "--episodes", "10")
    #expect(result.status == 0, "\(result.errors)")
    let svg = String(decoding: scratch.bytes("out/figures/freeze.svg") ?? [], as: UTF8.self)
    #expect(svg.uprightLines == 4, "between five phases")
  }

  @Test func fieldsAreStoredAndDrawn() throws {
    try trainSpore()
    #expect(try bench("analyze", "out").output.hasPrefix("fields  "))
    let result = try bench("analyze", "out", "--kind", "fields")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("worst angle, °"))
    let json = try JSONValue(parsing: try #require(scratch.bytes("out/figures/fields.json")))
    #expect(json["neuron 2: drives to, °"] == .number("90"))
    let worst = try #require(json["worst angle, °"])
    guard case .number(let text) = worst, let angle = Double(text) else {
      return #expect(Bool(false), "\(worst)")
    }
    #expect((0...180).contains(angle))
    let picture = try #require(scratch.bytes("out/figures/fields.png"))
    #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    let vectors = String(
      decoding: try #require(scratch.bytes("out/figures/fields.svg")), as: UTF8.self)
    // Images in a file of Cairo's have numbers that depend on what was drawn before.
    #expect(!vectors.contains("<image "))
  }
}
