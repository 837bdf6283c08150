import Agents
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
      for kind in AnalysisKind.allCases { #expect(result.errors.contains(kind.rawValue)) }
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

  private func trainToFindTargets() throws {
    try train(
      in: #"{"name": "nmd-benchmark3", "horizon": 80}"#,
      agent: #"{"name": "kl-ppo", "network": {"name": "recurrent", "sizes": [6], "hidden": []},"#
        + #" "episodes": 4, "episodesPerIteration": 4, "trainCut": 40, "window": 20,"#
        + #" "valueMinibatch": 4, "shards": 1}"#)
  }

  /// Any agent that can be watched is asked, also one without a modulation signal.
  @Test func editsAreStoredAndDrawn() throws {
    try trainToFindTargets()
    #expect(try bench("analyze", "out").output.hasPrefix("edits  "))
    let result = try bench(
      "analyze", "out", "--kind", "edits", "--edit", "30:swapTargets", "--edit", "55:swapTargets",
      "--episodes", "20")
    #expect(result.status == 0, "\(result.errors)")
    for part in [
      "before step 30: mean reward", "from step 55, swapTargets: badTouches per episode",
      "swapTargets at step 30: steps until 90 % of the loss is made up",
    ] { #expect(result.output.contains(part), "\(result.output)") }
    let json = try JSONValue(parsing: try #require(scratch.bytes("out/figures/edits.json")))
    #expect(json["from step 30, swapTargets: mean reward"] != nil)
    #expect(scratch.bytes("out/figures/edits.png")?.starts(with: [0x89, 0x50]) == true)
    #expect(scratch.bytes("out/figures/edits.svg") != nil)
  }

  @Test(
    arguments: [
      ([], "needs at least one --edit STEP:NAME", "--edit 40:swapTargets; nmd-benchmark3 knows"),
      (["30:swapTarget"], "has no task edit named “swapTarget”", "Did you mean “swapTargets”?"),
      (["30:redrawGoal"], "no task edit named “redrawGoal”", "Allowed: swapTargets."),
      (["80:swapTargets"], "step 80 is not in the middle of an episode", "from 1 to 79"),
      (["0:swapTargets"], "step 0 is not in the middle of an episode", "from 1 to 79"),
      (["30:swapTargets", "30:swapTargets"], "asked for twice before step 30", "Keep one"),
    ] as [([String], String, String)])
  func wrongEditsAreRefused(edits: [String], problem: String, remedy: String) throws {
    try trainToFindTargets()
    let result = try Tool.bench.run(
      ["analyze", "out", "--kind", "edits"] + edits.flatMap { ["--edit", $0] }, in: scratch.path)
    #expect(result.status == ExitReason.usage.rawValue)
    #expect(result.errors.contains(problem) && result.errors.contains(remedy), "\(result.errors)")
    #expect(scratch.bytes("out/figures/edits.json") == nil)
  }

  /// Figures of several runs do not overwrite each other.
  @Test func severalRunsHaveFiguresOfTheirOwn() throws {
    try scratch.write(
      #"{"name": "looked-at", "seeds": 2, "environment": {"name": "ball-reaching-events","#
        + #" "world": {"horizon": 100}}, "agent": {"name": "spore", "hours": 0.001},"#
        + #" "evaluation": {"episodes": 1}}"#, to: "two.json")
    #expect(try bench("run", "two.json", "--output", "two", "--quiet").status == 0)
    let result = try bench("analyze", "two", "--kind", "fields", "--output", "looks")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("two/seed0\n") && result.output.contains("two/seed1\n"))
    let numbers = ["seed0", "seed1"].map { scratch.bytes("looks/\($0)/fields.json") }
    #expect(numbers[0] != nil && numbers[1] != nil && numbers[0] != numbers[1])
  }

  @Test func editsBelongToTheirAnalysis() throws {
    try trainSpore()
    let other = try bench("analyze", "out", "--kind", "fields", "--edit", "30:redrawTask")
    #expect(other.status == ExitReason.usage.rawValue)
    #expect(other.errors.contains("fields does not edit tasks"), "\(other.errors)")
    for arguments in [["--edit", "30:redrawTask"], ["--kind", "edits", "--edit", "redrawTask"]] {
      let wrong = try Tool.bench.run(["analyze", "out"] + arguments, in: scratch.path)
      #expect(wrong.status == ExitReason.usage.rawValue, "\(wrong.errors)")
    }
    // A network with one body plays one episode after the other.
    let played = try bench(
      "analyze", "out", "--kind", "edits", "--edit", "50:redrawTask", "--episodes", "10")
    #expect(played.status == 0, "\(played.errors)")
    #expect(played.output.contains("from step 50, redrawTask: mean reward"))
  }
}
