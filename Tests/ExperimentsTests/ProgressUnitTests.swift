import Agents
import Configuration
import Experiments
import Foundation
import Render
import Testing
import TestSupport

/// What curves are drawn over.
@Suite struct ProgressUnitTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func report(_ name: String) throws -> RunReport {
    RunReport([try RunData(of: RunDirectory(scratch[name]), library: .test)])
  }

  private func axis(of name: String) throws -> (title: String, end: Double) {
    let panel = try #require(try report(name).figure?.panels.first)
    guard case .line(let x, _, _)? = panel.series.last?.mark else {
      throw Failure(.unexpected, "no curve", remedy: "")
    }
    return (panel.x.title, try #require(x.last))
  }

  /// Six iterations of 1.2 s each; then what a version left that did not know the time.
  @Test func sporeIsDrawnOverSimulatedHours() throws {
    let run = try TestRun(
      JSONValue(
        parsing: """
          {"name": "reach", "agent": {"name": "spore", "hours": 0.002, "secondsPerIteration": 1.2},
           "environment": {"name": "ball-reaching-events", "world": {"horizon": 50}},
           "evaluation": {"episodes": 1}}
          """), at: scratch["spore"])
    guard case .finished(let summary) = try run.run() else { return #expect(Bool(false)) }
    #expect(summary.progress.simulatedSeconds == 7.2)
    let stored = try Summary(contentsOf: scratch["spore/summary.json"])
    #expect(stored.progress == summary.progress)
    let rows = try MetricsRecorder.rows(in: scratch["spore/metrics.jsonl"])
    #expect(rows.map(\.progress.simulatedSeconds) == [1.2, 2.4, 3.6, 4.8, 6, 7.2])
    let hours = try axis(of: "spore")
    #expect(hours.title == "simulated hours" && abs(hours.end - 0.002) < 1e-12)

    let metrics = String(
      decoding: try #require(scratch.bytes("spore/metrics.jsonl")), as: UTF8.self)
    try scratch.write(
      metrics.replacingOccurrences(
        of: #""simulatedSeconds":[0-9.]+,"#, with: "", options: .regularExpression),
      to: "spore/metrics.jsonl")
    let steps = try axis(of: "spore")
    #expect(steps.title == "environment steps" && steps.end == 360)
  }

  @Test func othersAreDrawnOverSteps() throws {
    try TestRun(TestRun.json(), at: scratch["walk"]).run()
    let metrics = String(
      decoding: try #require(scratch.bytes("walk/metrics.jsonl")), as: UTF8.self)
    #expect(!metrics.contains("simulatedSeconds"))
    #expect(try axis(of: "walk").title == "environment steps")
  }
}
