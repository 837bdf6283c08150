import Agents
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

@Suite struct KLProximalAgentTests {
  @Test func bitsDoNotDependOnThreads() throws {
    let environment = try Training.biasedTarget()
    let one = try Training.agent(try Training.smallOptions, in: environment, threads: 1)
    let metrics = try Training.run(one, iterations: 3)
    for threads in 2...3 {
      let other = try Training.agent(try Training.smallOptions, in: environment, threads: threads)
      #expect(try Training.run(other, iterations: 3) == metrics)
      #expect(try Training.state(of: other) == Training.state(of: one))
    }
    #expect(one.progress.iterations == 3 && one.progress.episodes == 30)
    #expect(one.progress.environmentSteps == 30 * 60)
    #expect(one.totalIterations == 6)
    // Another seed must not give the same numbers.
    let other = try Training.agent(try Training.smallOptions, in: environment, seed: 6)
    #expect(try Training.run(other, iterations: 3) != metrics)
  }

  /// The new agent has another seed, so that whatever is not restored shows.
  @Test(arguments: [0, 1, 4]) func continuesToTheBit(after iterations: Int) throws {
    let environment = try Training.biasedTarget()
    let whole = try Training.agent(try Training.smallOptions, in: environment)
    _ = try Training.run(whole, iterations: iterations)
    let stored = try Training.state(of: whole)
    let rest = try Training.run(whole, iterations: 3)

    let restored = try Training.agent(
      try Training.smallOptions, in: environment, threads: 2, seed: 77)
    _ = try Training.run(restored, iterations: 1)
    try restored.restore(from: stored)
    #expect(try Training.state(of: restored) == stored)
    #expect(try Training.run(restored, iterations: 3) == rest)
    #expect(try Training.state(of: restored) == Training.state(of: whole))
    let key = RandomKey(seed: 3)
    #expect(
      try restored.evaluate(episodes: 13, key: key) == whole.evaluate(episodes: 13, key: key))
  }

  /// The servo once did not count failures; archives of that time are read all the same.
  @Test func readsArchivesFromBeforeFailuresWereCounted() throws {
    let agent = try Training.agent(try Training.smallOptions, in: Training.biasedTarget())
    _ = try Training.run(agent, iterations: 1)
    let stored = try Training.state(of: agent)
    var older = Archive()
    for (section, tensors) in stored.tensors {
      for (name, tensor) in tensors { older.store(tensor, name, in: section) }
    }
    for (name, json) in stored.values {
      let text = String(decoding: json, as: UTF8.self)
      let before = text.replacing(#""failures":0,"#, with: "")
      #expect((name == "servo") == (before != text))
      older.storeEncoded(Array(before.utf8), name)
    }
    let restored = try Training.agent(try Training.smallOptions, in: Training.biasedTarget())
    try restored.restore(from: older)
    #expect(try Training.state(of: restored) == stored)
  }

  @Test func refusesStatesOfOthers() throws {
    let environment = try Training.biasedTarget()
    let agent = try Training.agent(try Training.smallOptions, in: environment)
    var options = try Training.smallOptions
    options.network = NetworkChoice("nmd")
    let stored = try Training.state(of: try Training.agent(options, in: environment))
    #expect(throws: ArchiveError.self) { try agent.restore(from: stored) }
    #expect(throws: ArchiveError.self) { try agent.restore(from: Archive()) }
  }

  @Test func evaluationDependsOnItsKeyAlone() throws {
    let agent = try Training.agent(try Training.smallOptions, in: Training.biasedTarget())
    _ = try Training.run(agent, iterations: 1)
    let before = try Training.state(of: agent)
    let first = try agent.evaluate(episodes: 23, key: RandomKey(seed: 1))
    #expect(first.count == 23 && first.allSatisfy { $0.length == 60 && $0.counters.count == 1 })
    #expect(try agent.evaluate(episodes: 23, key: RandomKey(seed: 1)) == first)
    #expect(try agent.evaluate(episodes: 5, key: RandomKey(seed: 1)) == Array(first[..<5]))
    #expect(try agent.evaluate(episodes: 23, key: RandomKey(seed: 2)) != first)
    #expect(try Training.state(of: agent) == before, "an evaluation is not a training")
  }

  /// The old means and variances are those that played. A full unroll of the same policy gives the
  /// same bits, so that without learning the measured divergence is exactly zero.
  @Test(arguments: [false, true]) func recordedPolicyIsTheUnrolledOne(previous: Bool) throws {
    var options = try Training.smallOptions
    options.policyLearningRate = 0
    options.network = try NetworkChoice(
      json: .object([
        .init("name", .string("nmd")), .init("hiddenUsesPreviousZ", .bool(previous)),
      ]), at: .root)
    let agent = try Training.agent(options, in: Training.biasedTarget())
    let weights = try Training.state(of: agent).tensors[.weights]?.filter {
      $0.key.hasPrefix("policy")
    }
    for _ in 0..<2 {
      let metrics = try agent.trainIteration()
      let divergence = try #require(metrics.first { $0.name == "policy/divergence" })
      #expect(divergence.value == 0)
      let norm = try #require(metrics.first { $0.name == "policy/gradientNorm" })
      #expect(norm.value > 0, "there is something to learn")
    }
    let after = try Training.state(of: agent).tensors[.weights]?.filter {
      $0.key.hasPrefix("policy")
    }
    #expect(after == weights)
  }

  /// Shards divide episodes only; each has the same two windows of 20 learned steps in any shard. So the
  /// first gradient is the same up to rounding, whatever the number of shards.
  @Test func gradientDoesNotDependOnShards() throws {
    func norm(shards: Int) throws -> Double {
      var options = try Training.smallOptions
      (options.shards, options.policyEpochs) = (shards, 1)
      let agent = try Training.agent(options, in: Training.biasedTarget())
      return try #require(
        agent.trainIteration().first { $0.name == "policy/gradientNorm" }
      ).value
    }
    let one = try norm(shards: 1)
    for shards in [2, 3, 10] {
      #expect(abs(try norm(shards: shards) / one - 1) < 1e-5, "\(shards) shards")
    }
  }

  /// A rollback leaves weights and optimizer as they were, and only raises β.
  @Test func rollbackRestoresEverything() throws {
    var options = try Training.smallOptions
    options.policyLearningRate = 0.5
    let agent = try Training.agent(options, in: Training.biasedTarget())
    let before = try Training.state(of: agent)
    let metrics = try agent.trainIteration()
    #expect(metrics.first { $0.name == "policy/rolledBack" }?.value == 1)
    let weight = try #require(metrics.first { $0.name == "policy/divergenceWeight" }).value
    #expect(weight == 2.25 || weight == 1.5, "\(weight)")
    let after = try Training.state(of: agent)
    for section in [Archive.Section.weights, .optimizer] {
      func policy(_ archive: Archive) -> [String: ArchivedTensor]? {
        archive.tensors[section]?.filter { $0.key.hasPrefix("policy") }
      }
      #expect(policy(after) == policy(before))
    }
  }

  @Test func unsuitableEnvironmentsAreRefused() throws {
    func error(_ name: String, _ change: (inout KLProximalOptions) -> Void = { _ in })
      -> ConfigurationError?
    {
      #expect(throws: ConfigurationError.self) {
        let (environment, _) = try Registry<EnvironmentFactory>.standard.make(
          JSONValue(parsing: name), at: .root)
        var options = try Training.smallOptions
        change(&options)
        _ = try Training.agent(options, in: environment)
      }
    }
    #expect(error(#""cartpole""#)?.problem.contains("continuous actions") == true)
    let short = error(#"{"name": "nmd-benchmark1", "horizon": 30}"#)
    #expect(short?.path.description == "agent.trainCut")
    let odd = error(#"{"name": "nmd-benchmark1", "horizon": 30}"#) { $0.trainCut = 0 }
    #expect(odd?.problem.contains("30 learned steps") == true)
    #expect(throws: ConfigurationError.self) {
      try KLProximalOptions(
        json: JSONValue(parsing: #"{"trainCut": 100, "window": 30}"#), at: JSONPath("agent"))
    }
    #expect(throws: ConfigurationError.self) {
      try KLProximalOptions(
        json: JSONValue(parsing: #"{"episodesPerIteration": 3, "shards": 4}"#), at: .root)
    }
  }
}
