import Agents
import Configuration
import Experiments
import Foundation
import Testing
import TestSupport

/// Checkpoints that earlier versions wrote are read, give the same agents, and go on.
///
/// `Tests/Fixtures/checkpoints/generate` made them.
@Suite struct CheckpointFixtureTests {
  /// The runs of all formats.
  static let runs = ["v1/a2c", "v1/kl-ppo", "v1/ppo"]

  private static func experiment(_ run: RunDirectory, _ changes: String...) throws
    -> ResolvedExperiment
  {
    let json = try changes.reduce(run.storedExperiment()) { try $0.applying(Override($1)) }
    return try ResolvedExperiment(json: json, library: .standard)
  }

  /// The returns are those of the day they were written, up to the rounding of other processors.
  @Test(arguments: runs) func evaluatesAsEver(name: String) throws {
    let run = RunDirectory(Fixture.path("checkpoints/" + name))
    let evaluation = try Evaluation(
      Self.experiment(run), in: run, checkpoint: .latest, threads: 1)
    let expected = try JSONValue(parsing: Fixture.bytes(run.path + "/expected.json"))
    #expect(expected["iteration"] == .number(evaluation.iteration))
    guard case .episodes(let statistics) = evaluation.statistics else {
      return #expect(Bool(false), "an agent is tested on episodes")
    }
    for (key, found) in [
      ("return", statistics.total), ("discountedReturn", statistics.discounted),
    ] {
      guard case .number(let text)? = expected[key]?["mean"], let mean = Double(text) else {
        return #expect(Bool(false), "expected.json has no mean of \(key)")
      }
      #expect(abs(found.mean / mean - 1) < 1e-4, "\(key): \(found.mean), not \(mean)")
    }
  }

  @Test(arguments: runs) func goesOn(name: String) throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(
      atPath: Fixture.path("checkpoints/" + name), toPath: scratch["run"])
    let run = RunDirectory(scratch["run"])
    let before = try #require(try run.checkpoints.find(.latest))
    let experiment = try Self.experiment(
      run, name.hasSuffix("kl-ppo") ? "agent.episodes=32" : "agent.steps=12000")
    var options = SessionOptions()
    options.allowedChanges = ["agent.episodes", "agent.steps"]
    guard
      case .finished(let summary) = try Session(experiment, in: run, options: options).run()
    else { return #expect(Bool(false), "the run should end") }
    #expect(summary.progress.iterations > before)
    let rows = try MetricsRecorder.rows(in: run.metricsPath)
    #expect(rows.map(\.progress.iterations) == Array(1...summary.progress.iterations))
  }
}
