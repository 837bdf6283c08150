import Agents
import Configuration
import Envs
import Experiments
import Foundation
import Render
import Testing
import TestSupport

/// What tests and reports say of the episodes within a trial.
@Suite struct TrialReportTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ changes: String..., at name: String) throws -> TestRun {
    let base = try JSONValue(
      parsing: """
        {"name": "arm", "environment": {"name": "arm-reaching", "horizon": 6, "showsGoal": false,
           "episodesPerTrial": 3},
         "agent": {"name": "a2c", "network": {"name": "recurrent", "sizes": [4], "hidden": []},
           "steps": 400, "environments": 4, "rolloutSteps": 10, "rolloutsPerIteration": 5},
         "evaluation": {"every": 1, "episodes": 30}, "checkpoint": {"every": 2}}
        """)
    let json = try changes.reduce(base) { try $0.applying(Override($1)) }
    return try TestRun(json, at: scratch[name])
  }

  private func report(_ names: String...) throws -> RunReport {
    RunReport(try names.map { try RunData(of: RunDirectory(scratch[$0]), library: .test) })
  }

  @Test func testsTellTheEpisodesOfATrialApart() throws {
    try run(at: "out").run()
    let summary = try Summary(contentsOf: scratch["out/summary.json"])
    guard case .episodes(let test) = summary.test else { return #expect(Bool(false)) }
    #expect(test.trialReturns.count == 3)
    let mean = test.trialReturns.reduce(0) { $0 + $1.mean } / 3
    #expect(abs(mean - test.total.mean) < 1e-9, "each place has ten episodes")
    let lines = try #require(scratch.bytes("out/evaluation.jsonl")).split(separator: 10).map {
      try JSONValue(parsing: String(decoding: $0, as: UTF8.self))
    }
    for place in 1...3 {
      let returns = lines.filter { $0["trialEpisode"] == .number(place) }
        .compactMap { line -> Double? in
          guard case .number(let text)? = line["return"] else { return nil }
          return Double(text)
        }
      #expect(returns.count == 10)
      #expect(abs(returns.reduce(0, +) / 10 - test.trialReturns[place - 1].mean) < 1e-9)
    }
    let row = try #require(MetricsRecorder.rows(in: scratch["out/metrics.jsonl"]).last)
    #expect(row["test/return/first"] == row["test/return/episode1"])
    #expect(row["test/return/last"] == row["test/return/episode3"])
    #expect(row["test/return/episode2"].isFinite && row["train/return/first"].isFinite)
    // References, too, are told apart.
    guard case .episodes(let random)? = summary.references.first?.statistics else {
      return #expect(Bool(false))
    }
    #expect(random.trialReturns.count == 3)
  }

  /// Episodes of a trial have its task in common, so what is independent are the trials: for the agent as for
  /// policies without learning.
  @Test func intervalsAreOverTrials() throws {
    let run = try run(at: "out")
    try run.run()
    let summary = try Summary(contentsOf: scratch["out/summary.json"])
    var returns: [String: [Double]] = [:]
    for line in try #require(scratch.bytes("out/evaluation.jsonl")).split(separator: 10) {
      let episode = try JSONValue(parsing: String(decoding: line, as: UTF8.self))
      guard case .number(let trial)? = episode["trial"], case .number(let text)? = episode["return"]
      else { return #expect(Bool(false), "\(episode.compact)") }
      returns[trial, default: []].append(try #require(Double(text)))
    }
    #expect(Set(returns.keys) == Set((1...10).map { String($0) }))
    let agent = try #require(summary.test.primary.interval)
    #expect(isClose(agent, to: Self.interval(Array(returns.values))))

    guard case .agent(_, let environment) = run.experiment.subject else {
      return #expect(Bool(false))
    }
    let policy = try #require(environment.referencePolicies.first)
    let episodes = policy.run(30, 0.99, .test, run.experiment.evaluationKey).map(\.total)
    let trials = stride(from: 0, to: 30, by: 3).map { Array(episodes[$0..<$0 + 3]) }
    let row = try #require(summary.references.first?.statistics.primary.interval)
    #expect(isClose(row, to: Self.interval(trials)))
  }

  /// The interval over the means of ten trials; 2.2622 is Student's t with nine degrees of freedom.
  private static func interval(_ trials: [[Double]]) -> ClosedRange<Double> {
    let means = trials.map { $0.reduce(0, +) / Double($0.count) }
    let mean = means.reduce(0, +) / 10
    let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9
    let half = 2.2621571628540993 * (variance / 10).squareRoot()
    return mean - half...mean + half
  }

  private func isClose(_ a: ClosedRange<Double>, to b: ClosedRange<Double>) -> Bool {
    abs(a.lowerBound - b.lowerBound) < 1e-9 && abs(a.upperBound - b.upperBound) < 1e-9
  }

  /// A trial that was cut weighs less; what tells nothing of trials counts by the episode, as before.
  @Test func trialsOfSeveralLengths() throws {
    func episodes(_ trials: Int?...) -> [EpisodeReturn] {
      zip([1.0, 3, 2, 6, 10], trials).map { total, trial in
        var episode = EpisodeReturn(total: total, discounted: total / 2, length: 1)
        episode.trial = trial
        return episode
      }
    }
    // The sums of a trial lie 4.8 below, 0.8 below and 5.6 above as many times the mean, 4.4.
    let sum = 4.8 * 4.8 + 0.8 * 0.8 + 5.6 * 5.6
    let half = 4.302652729911275 * (sum * 3 / 2).squareRoot() / 5
    let cut = EpisodeStatistics(episodes(0, 0, 1, 1, 2), counterNames: [])
    #expect(isClose(try #require(cut.total.interval), to: 4.4 - half...4.4 + half))
    #expect(
      isClose(try #require(cut.discounted.interval), to: 2.2 - half / 2...2.2 + half / 2))
    #expect(abs(cut.total.mean - 4.4) < 1e-12 && cut.total.interquartileMean == 11 / 3.0)
    let single = SampleStatistics([1, 3, 2, 6, 10])
    #expect(EpisodeStatistics(episodes(nil, nil, nil, nil, nil), counterNames: []).total == single)
    #expect(EpisodeStatistics(episodes(0, 1, 2, 3, 4), counterNames: []).total == single)
  }

  /// Earlier versions stored episodes without their trials.
  @Test func episodesOfEarlierVersionsAreRead() throws {
    let stored = #"{"total": 2, "discounted": 1, "length": 3, "counters": []}"#
    let episode = try JSONDecoder().decode(EpisodeReturn.self, from: Data(stored.utf8))
    #expect(episode.trial == nil && episode.trialEpisode == 0)
    let again = String(decoding: try JSONEncoder().encode(episode), as: UTF8.self)
    #expect(!again.contains(#""trial""#), "what has no trial is stored as it was")
  }

  @Test func figureAndTableShowAdaptation() throws {
    for seed in 0..<3 { try run("seed=\(seed)", at: "seed\(seed)").run() }
    let single = try report("seed0")
    let summary = try #require(single.summaries.first)
    guard case .episodes(let test) = summary.test else { return #expect(Bool(false)) }
    let panel = try #require(single.trialFigure).panels[0]
    #expect(panel.x.title == "episode within the trial" && panel.y.title == "return")
    #expect(panel.references.map(\.name).contains("random"))
    #expect(panel.categories == ["1", "2", "3"])
    let means = test.trialReturns.map(\.mean)
    #expect(
      panel.series == [
        .band(
          "arm", x: [0, 1, 2], lower: test.trialReturns.compactMap(\.interval?.lowerBound),
          upper: test.trialReturns.compactMap(\.interval?.upperBound)),
        .line("arm", x: [0, 1, 2], y: means, width: 2.2),
      ])
    let table = try #require(single.table.components(separatedBy: "\n\n").last)
    let lines = table.split(separator: "\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("episode of the trial"))
    #expect(lines[3].contains(String(format: "%.4g", means[2])))
    let files = try single.draw(into: scratch["figures"])
    #expect(files.count == 4 && files.contains { $0.hasSuffix("/trial.png") })

    // Of several seeds the band is over seeds.
    let all = try report("seed0", "seed1", "seed2")
    let series = try #require(all.trialFigure).panels[0].series
    #expect(series.count == 5, "three thin lines, a band and their mean")
    #expect(all.table.contains("episode of the trial"))
    #expect(
      all.trialFigure?.footnote
        == "mean and 95 % band over seeds, each a mean over the trials of its test")
    #expect(single.trialFigure?.footnote == "mean and 95 % band over the trials of the test")
    let evaluation = try Evaluation(
      ResolvedExperiment(
        json: RunDirectory(scratch["seed0"]).storedExperiment(), library: .standard),
      in: RunDirectory(scratch["seed0"]), checkpoint: .latest, threads: 1)
    #expect(evaluation.table.hasSuffix(table))
  }

  @Test func changesStandSideBySide() throws {
    for rate in ["0.001", "0.01"] {
      let change = try Override("agent.learningRate=\(rate)")
      let experiment = try run("agent.learningRate=\(rate)", at: "checked\(rate)").experiment
      let directory = RunDirectory(scratch[rate])
      try directory.prepare(experiment, origin: RunOrigin(file: "arm.json", changes: [change]))
      _ = try Session(experiment, in: directory, options: SessionOptions()).run()
    }
    let both = try report("0.001", "0.01")
    let labels = ["learningRate 0.001", "learningRate 0.01"]
    let series = try #require(both.trialFigure).panels[0].series
    #expect(series.map(\.name) == [labels[0], labels[0], labels[1], labels[1]])
    #expect(both.trialFigure?.footnote == "mean and 95 % band over the trials of the test")
    // Beside a group of several seeds, both is said.
    try run("agent.learningRate=0.01", "seed=1", at: "second").run()
    #expect(
      try report("0.001", "0.01", "second").trialFigure?.footnote
        == "mean and 95 % band over seeds, each a mean over the trials of its test; of a single seed "
        + "over the trials of the test")
    let table = try #require(both.table.components(separatedBy: "\n\n").last)
    #expect(labels.allSatisfy { table.contains($0) } && !table.contains("…"))
  }

  @Test func singleEpisodesHaveNoSuchFigure() throws {
    try run("environment.episodesPerTrial=1", at: "out").run()
    let single = try report("out")
    #expect(single.trialFigure == nil && !single.table.contains("episode of the trial"))
    #expect(try single.draw(into: scratch["figures"]).count == 2)
    let text = String(
      decoding: try #require(scratch.bytes("out/metrics.jsonl")), as: UTF8.self)
    #expect(!text.contains("return/"))
    #expect(
      !String(decoding: try #require(scratch.bytes("out/summary.json")), as: UTF8.self)
        .contains("trialReturns"))
  }
}
