import Configuration
import Experiments
import Testing
import TestSupport

/// Tests in another environment than that of the training, which `metarl eval --set` asks for.
@Suite struct ChangedEnvironmentTests {
  /// The rows of the training may stand beyond the end of a shorter episode.
  @Test(arguments: [
    ("a2c", "environment.horizon=5", 5.0), ("drqn", "environment.length=3", 8.0),
    ("kl-ppo", "environment.horizon=20", 20.0), ("ppo", "environment.horizon=5", 5.0),
    ("spore", "environment.world.horizon=10", 10.0),
  ])
  func everyAgentIsTestedInShorterEpisodes(agent: String, change: String, longest: Double) throws {
    let format = CheckpointManifest.currentFormat
    let run = RunDirectory(Fixture.path("checkpoints/v\(format)/\(agent)"))
    let json = try run.storedExperiment().applying(Override(change))
    let evaluation = try Evaluation(
      ResolvedExperiment(json: json, library: .standard), in: run, checkpoint: .latest, threads: 1)
    guard case .episodes(let statistics) = evaluation.statistics else {
      return #expect(Bool(false), "\(evaluation.statistics)")
    }
    #expect(statistics.length > 0 && statistics.length <= longest)
    #expect(statistics.total.mean.isFinite)
  }

  /// A training that ends after eight steps of the third episode of each trial.
  private func train(in scratch: Scratch) throws {
    try scratch.write(
      """
      {"name": "ball",
       "environment": {"name": "ball-reaching", "horizon": 10, "episodesPerTrial": 3},
       "agent": {"name": "a2c", "network": {"name": "recurrent", "sizes": [4], "hidden": []},
                 "steps": 112, "environments": 4, "rolloutSteps": 7, "rolloutsPerIteration": 2},
       "evaluation": {"episodes": 6}}
      """, to: "ball.json")
    let run = try Tool.metarl.run(
      ["run", "ball.json", "--output", "out", "--quiet"], in: scratch.path)
    try #require(run.status == 0, "\(run.errors)")
  }

  @Test func theCommandLineChangesTheTest() throws {
    let scratch = try Scratch()
    try train(in: scratch)
    func evaluate(_ change: String) throws -> Tool.Result {
      try Tool.metarl.run(["eval", "out", "--json", "--set", change], in: scratch.path)
    }
    let shorter = try evaluate("environment.horizon=5")
    #expect(shorter.status == 0, "\(shorter.errors)")
    #expect(shorter.output.contains(#""episodeLength":5"#), "\(shorter.output)")
    #expect(shorter.output.contains("trialReturns"))
    let single = try evaluate("environment.episodesPerTrial=1")
    #expect(single.status == 0, "\(single.errors)")
    #expect(single.output.contains(#""episodeLength":10"#), "\(single.output)")
    #expect(!single.output.contains("trialReturns"))
    let other = try evaluate(#"environment={"name": "cartpole"}"#)
    #expect(other.status == ExitReason.checkpoint.rawValue, "\(other.errors)")
    #expect(
      other.errors.contains("does not suit the changed environment cartpole"), "\(other.errors)")
    #expect(!other.errors.contains("damaged") && !other.errors.contains("start the run anew"))
  }
}
