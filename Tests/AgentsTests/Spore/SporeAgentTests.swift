import Agents
import Configuration
import Envs
import Foundation
import Tensor
import Testing

/// SPORE in a closed loop: the same bits after a stop and with any number of threads, and what it reports.
@Suite struct SporeAgentTests {
  static func agent(
    _ options: String, environment: String, seed: UInt64 = 1, threads: Int = 1
  ) throws -> SporeAgent {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(
      JSONValue(parsing: environment), at: JSONPath("environment"))
    return try SporeAgent(
      SporeOptions(json: JSONValue(parsing: options), at: JSONPath("agent")),
      context: TrainerContext(
        environment: factory, key: RandomKey(seed: seed), threads: threads))
  }

  static let cases = [
    (#""ball-reaching-events""#, #"{"secondsPerIteration": 7.3}"#),
    (
      #"{"name": "ball-reaching-events", "world": {"horizon": 70}, "#
        + #""camera": {"model": "logIntensity", "width": 9, "height": 7}}"#,
      #"{"secondsPerIteration": 3}"#
    ),
    (
      #""pattern-matching""#,
      #"{"encoder": "rates", "decoder": {"form": "counts"}, "conditionsRewards": true, "#
        + #""secondsPerIteration": 2.2, "network": {"outputs": 0, "parallelSynapses": 2}}"#
    ),
    (
      #""cursor-control""#,
      #"{"encoder": "rates", "decoder": {"form": "rates"}, "secondsPerIteration": 2, "#
        + #""network": {"outputs": 20, "hidden": 10, "inhibitory": 8, "parallelSynapses": 3, "#
        + #""connectionProbability": 0.5, "neurons": {"adaptationSpeed": 0.1}}}"#
    ),
    (
      #"{"name": "lane-following-events", "camera": {"width": 16, "height": 8}}"#,
      #"{"decoder": {"form": "linear"}, "secondsPerIteration": 1, "pause": 0.4}"#
    ),
  ]

  /// Hours are whole control steps, however their quotient rounds.
  @Test(arguments: [(1.1, 66), (2.2, 132), (4.4, 264), (1, 60), (1.01, 61)])
  func hoursAreWholeIterations(hours: Double, iterations: Int) throws {
    let agent = try Self.agent(
      #"{"hours": \#(hours), "secondsPerIteration": 60}"#, environment: #""ball-reaching-events""#)
    #expect(agent.totalIterations == iterations)
  }

  private static func run(_ agent: SporeAgent, iterations: Int) throws -> [[UInt64]] {
    try (0..<iterations).map { _ in try agent.trainIteration().map(\.value.bitPattern) }
  }

  private static func state(of agent: SporeAgent) throws -> Archive {
    var archive = Archive()
    try agent.save(into: &archive)
    return archive
  }

  @Test(arguments: cases) func continuesToTheBit(environment: String, options: String) throws {
    let whole = try Self.agent(options, environment: environment)
    _ = try Self.run(whole, iterations: 2)
    let stored = try Self.state(of: whole)
    let metrics = try Self.run(whole, iterations: 3)
    let other = try Self.agent(options, environment: environment, seed: 1, threads: 2)
    _ = try Self.run(other, iterations: 1)
    try other.restore(from: stored)
    #expect(try Self.state(of: other) == stored)
    #expect(try Self.run(other, iterations: 3) == metrics)
    #expect(try Self.state(of: other) == Self.state(of: whole))
    let another = try Self.agent(options, environment: environment, seed: 2)
    #expect(try Self.run(another, iterations: 5).suffix(3) != metrics.suffix(3))
  }

  /// Without reward, gradient estimates decay with a time constant of 50 s: here after the first
  /// episode, from which the pause never ends.
  @Test func pausesAfterTheEndOfAnEpisode() throws {
    func gradients(pause: Int) throws -> [Double] {
      let agent = try Self.agent(
        #"{"decoder": {"form": "linear"}, "secondsPerIteration": 10, "pause": \#(pause), "#
          + #""network": {"synapses": {"learningRate": 1e-15, "initialMean": 1}}}"#,
        environment: #"{"name": "lane-following-events", "world": {"horizon": 100}}"#)
      return try (0..<5).map { _ in
        let metrics = try agent.trainIteration()
        return try #require(metrics.first { $0.name == "network/gradient" }).value
      }
    }
    let paused = try gradients(pause: 3600)
    for (before, after) in zip(paused.dropFirst(), paused.dropFirst(2)) {
      #expect(abs(after / before - exp(-10.0 / 50)) < 1e-3, "\(paused)")
    }
    let steady = try gradients(pause: 0)
    #expect(zip(steady, steady.dropFirst()).allSatisfy { abs($1 / $0 - exp(-10.0 / 50)) > 0.01 })
  }

  /// The mean length of the episodes that ended: here all are as long as the horizon allows.
  @Test func reportsHowLongEpisodesLast() throws {
    let agent = try Self.agent(
      #"{"secondsPerIteration": 5}"#,
      environment: #"{"name": "ball-reaching-events", "world": {"horizon": 70}}"#)
    // Control steps of a ball take 20 ms.
    let seconds = 0.02 * 70
    let metrics = try agent.trainIteration()
    let reported = try #require(metrics.first { $0.name == "train/episodeSeconds" }).value
    #expect(abs(reported - seconds) < 1e-9)
  }

  /// Testing depends on the weights and the key, not on threads, and leaves the training alone.
  @Test func testsAreReproducible() throws {
    let environment = #"{"name": "ball-reaching-events", "world": {"horizon": 200}}"#
    let agent = try Self.agent(#"{"secondsPerIteration": 5}"#, environment: environment)
    _ = try Self.run(agent, iterations: 1)
    let before = try Self.state(of: agent)
    let returns = try agent.evaluate(episodes: 5, key: RandomKey(seed: 9))
    #expect(returns.count == 5)
    #expect(returns.allSatisfy { $0.length == 200 })
    #expect(Set(returns.map(\.total)).count > 1)
    #expect(try Self.state(of: agent) == before)
    let twin = try Self.agent(
      #"{"secondsPerIteration": 5}"#, environment: environment, threads: 2)
    try twin.restore(from: before)
    #expect(try twin.evaluate(episodes: 5, key: RandomKey(seed: 9)) == returns)
    #expect(try agent.evaluate(episodes: 5, key: RandomKey(seed: 8)) != returns)
  }

  @Test(arguments: [
    (#""cartpole""#, "{}", "environment", "no duration"),
    (#""ball-reaching-events""#, #"{"decoder": {"form": "rates"}}"#, "agent.decoder.form", "8"),
    (#""ball-reaching-events""#, #"{"network": {"inputTargets": 9}}"#, "inputTargets", "9"),
  ])
  func whatDoesNotFitIsNamed(
    environment: String, options: String, place: String, reason: String
  ) throws {
    let error = #expect(throws: ConfigurationError.self) {
      _ = try Self.agent(options, environment: environment)
    }
    #expect(error?.path.description.hasSuffix(place) == true, "\(String(describing: error))")
    #expect(error?.problem.contains(reason) == true, "\(String(describing: error))")
  }
}
