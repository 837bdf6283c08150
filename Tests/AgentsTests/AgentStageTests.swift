import Agents
import Autodiff
import Configuration
import Envs
import Foundation
import NeuroMod
import Tensor
import Testing

/// Stages of agents that learn from their own experience.
@Suite struct AgentStageTests {
  private static let warmUp =
    #"{"name": "warmup", "updates": 3, "batch": 8, "longest": 20, "measurements": 1,"#
    + #" "measuredSteps": 20, "measuredBatch": 8}"#
  private static let measurement =
    #"{"name": "warmup", "updates": 0, "measurements": 1, "measuredSteps": 20}"#

  private static func choices(_ json: [String]) throws -> [TrainingStageChoice] {
    try json.map { try TrainingStageChoice(json: JSONValue(parsing: $0), at: .root) }
  }

  private static func actorCritic(
    _ settings: ActorCriticSettings, _ stages: String..., threads: Int = 1, seed: UInt64 = 3
  ) throws -> ActorCriticAgent {
    var settings = settings
    settings.stages = try choices(stages)
    return try ActorCriticTests.agent(
      settings, in: ActorCriticTests.environment("pendulum"), threads: threads, seed: seed)
  }

  /// Step sizes are 0: what changes, stages change.
  private static func proximal(
    _ stages: String..., seed: UInt64 = 5, learns: Bool = false
  ) throws -> KLProximalAgent {
    var options = try Training.smallOptions
    options.stages = try choices(stages)
    if !learns { (options.policyLearningRate, options.valueLearningRate) = (0, 0) }
    return try Training.agent(options, in: Training.biasedTarget(), seed: seed)
  }

  private static func weights(of trainer: some Trainer) throws -> [String: ArchivedTensor] {
    var archive = Archive()
    try trainer.save(into: &archive)
    return archive.tensors[.weights] ?? [:]
  }

  // MARK: Warm-up

  @Test func warmUpRaisesTheVariabilityOfAPolicy() throws {
    var settings = PPOOptions().settings
    settings.network = try NetworkChoice(
      json: JSONValue(
        parsing: """
          {"name": "recurrent", "sizes": [32], "hidden": [],
           "cell": {"name": "gru", "candidateBias": true,
                    "weights": {"distribution": "glorot", "scale": 1},
                    "recurrentWeights": {"distribution": "orthogonal", "scale": 1}}}
          """), at: .root)
    (settings.environments, settings.rolloutSteps, settings.minibatches) = (4, 32, 4)
    func metrics(_ stage: String) throws -> [String: Double] {
      let found = try Self.actorCritic(settings, stage).trainIteration()
      return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.value) })
    }
    let warm = try metrics(#"{"name": "warmup", "measuredSteps": 2000, "measurements": 2}"#)
    let before = try #require(warm["warmup/vaaBefore"])
    let after = try #require(warm["warmup/vaa"])
    // Histories and inputs are the same before and after: there are three times as many attractors.
    #expect(after > 3 * before, "\(before) to \(after)")
    // The last update without the ones before it: the same histories and steps, untrained weights.
    let cold = try metrics(#"{"name": "warmup", "learningRate": 0, "measurements": 0}"#)
    let (untrained, smooth) = try (
      #require(cold["warmup/vaaStar"]), #require(warm["warmup/vaaStar"])
    )
    #expect(smooth > 2 * untrained, "\(untrained) to \(smooth)")
  }

  /// The recurrent layers of both networks are warmed up, and nothing else.
  @Test(arguments: [false, true]) func recurrentLayersAloneChange(shared: Bool) throws {
    var settings = try ActorCriticTests.settings("ppo, memory")
    (settings.learningRate, settings.sharesNetwork) = (0, shared)
    let agent = try Self.actorCritic(settings, Self.warmUp)
    let before = try Self.weights(of: agent)
    _ = try agent.trainIteration()
    let changed = try Self.weights(of: agent).filter { $0.value != before[$0.key] }.keys
    #expect(changed.allSatisfy { $0.contains("/recurrent0/") })
    for scope in shared ? ["shared"] : ["actor", "critic"] {
      #expect(changed.contains { $0.hasPrefix("network/\(scope)/recurrent0/") })
    }
  }

  @Test func bothNetworksOfTheProximalAgentAreWarmedUp() throws {
    let agent = try Self.proximal(Self.warmUp)
    let before = try Self.weights(of: agent)
    let names = try agent.trainIteration().map(\.name)
    for name in ["warmup/vaaBefore", "warmup/vaaStar", "warmup/vaa"] {
      #expect(names.contains(name) && names.contains("value/" + name))
    }
    let changed = try Self.weights(of: agent).filter { $0.value != before[$0.key] }.keys
    #expect(changed.allSatisfy { $0.contains("/recurrent0/") })
    for network in ["policy/", "value/"] {
      #expect(changed.contains { $0.hasPrefix(network) })
    }
    #expect(try agent.trainIteration().allSatisfy { !$0.name.contains("warmup") })
  }

  // MARK: Histories

  /// Looks at many histories: their lengths, and how many are not what ``Buttons`` shows.
  private struct Inspection: TrainingStage {
    static var fields: [Field<Self>] { [] }

    func run(_ context: StageContext) throws -> [Metric] {
      let histories = context.trajectories
      let shard = Executor(
        context.program, parameters: context.parameters, rows: [2], steps: histories.longest
      ).shards[0]
      var random = context.key.stream()
      var (lengths, wrong): (Set<Int>, Int) = ([], 0)
      for _ in 0..<300 {
        let history = histories.draw(using: &random)
        lengths.insert(history.length)
        histories.write(history, to: shard, row: 1, from: 0)
        let (seen, reward) = (shard.input("observation"), shard.input("previousReward"))
        // Rows are interleaved; an episode has two steps, and nothing comes before a trial.
        let shown = (0..<history.length).map { seen[2 * $0 + 1] }
        if shown != (0..<history.length).map({ Float($0 % 2) }) || reward[1] != 0 { wrong += 1 }
      }
      return [
        Metric("shortest", Double(lengths.min() ?? 0)),
        Metric("longest", Double(lengths.max() ?? 0)), Metric("wrong", Double(wrong)),
      ]
    }
  }

  /// Histories begin with a trial and go on over the ends of its episodes: four of two steps.
  @Test func historiesAreBeginningsOfTrials() throws {
    var settings = try ActorCriticTests.settings("ppo, memory")
    (settings.normalizesObservations, settings.rolloutSteps) = (false, 20)
    settings.stages = [TrainingStageChoice(Inspection(), json: .object([]))]
    settings.window = 4
    let agent = try ActorCriticTests.agent(settings, in: Buttons().factory)
    let found = try agent.trainIteration().suffix(3)
    #expect(found.map(\.name) == ["shortest", "longest", "wrong"])
    #expect(found.map(\.value) == [1, 8, 0])
  }

  // MARK: Bits

  /// A stage that only measures plays its histories, and the training does not notice.
  @Test(arguments: ["a2c, memory", "ppo, memory"])
  func historiesLeaveTheTrainingAlone(_ variant: String) throws {
    let settings = try ActorCriticTests.settings(variant)
    let measured = try Self.actorCritic(settings, Self.measurement)
    let plain = try Self.actorCritic(settings)
    let metrics = try measured.trainIteration()
    #expect(metrics.last?.name == "warmup/vaaBefore")
    #expect(
      try plain.trainIteration().map(\.value.bitPattern)
        == metrics.dropLast().map(\.value.bitPattern))
    #expect(
      try ActorCriticTests.bits(measured, iterations: 1)
        == ActorCriticTests.bits(plain, iterations: 1))
    #expect(
      try ActorCriticTests.state(of: measured) == ActorCriticTests.state(of: plain))
  }

  @Test func historiesLeaveTheProximalAgentAlone() throws {
    let measured = try Self.proximal(Self.measurement, learns: true)
    let plain = try Self.proximal(learns: true)
    let metrics = try measured.trainIteration()
    #expect(
      try plain.trainIteration().map(\.value.bitPattern)
        == metrics.dropLast(2).map(\.value.bitPattern))
    #expect(try Training.state(of: measured) == Training.state(of: plain))
  }

  /// From before the stage and from after it, with other threads and another seed.
  @Test(arguments: [0, 1]) func goesOnToTheBit(after iterations: Int) throws {
    let settings = try ActorCriticTests.settings("ppo, memory")
    let whole = try Self.actorCritic(settings, Self.warmUp)
    _ = try ActorCriticTests.bits(whole, iterations: iterations)
    let stored = try ActorCriticTests.state(of: whole)
    _ = try ActorCriticTests.bits(whole, iterations: 2 - iterations)

    // What is drawn for a stage comes from the seed, which an experiment keeps.
    let resumed = try Self.actorCritic(
      settings, Self.warmUp, threads: 3, seed: iterations == 0 ? 3 : 77)
    try resumed.restore(from: stored)
    _ = try ActorCriticTests.bits(resumed, iterations: 2 - iterations)
    #expect(try ActorCriticTests.state(of: resumed) == ActorCriticTests.state(of: whole))
  }

  // MARK: Stored weights

  /// Writes the weights of a trainer and runs `body` with a stage that names the file.
  private func withStoredWeights(
    of trainer: some Trainer, _ body: (_ stage: String) throws -> Void
  ) throws {
    let path = NSTemporaryDirectory() + "metarl-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(Safetensors(tensors: Self.weights(of: trainer)).bytes)
      .write(to: URL(fileURLWithPath: path))
    try body(#"{"name": "stored-weights", "file": "\#(path)"}"#)
  }

  @Test(arguments: ["a2c", "ppo, memory"])
  func anActorCriticBeginsWithStoredWeights(_ variant: String) throws {
    var settings = try ActorCriticTests.settings(variant)
    let donor = try Self.actorCritic(settings)
    _ = try donor.trainIteration()
    settings.learningRate = 0
    try withStoredWeights(of: donor) { stage in
      let heir = try Self.actorCritic(settings, stage, seed: 8)
      #expect(try Self.weights(of: heir) != Self.weights(of: donor))
      _ = try heir.trainIteration()
      #expect(try Self.weights(of: heir) == Self.weights(of: donor))
    }
  }

  @Test func actorAndCriticOfTheProximalAgentBeginWithStoredWeights() throws {
    let donor = try Self.proximal(learns: true)
    _ = try donor.trainIteration()
    try withStoredWeights(of: donor) { stage in
      let heir = try Self.proximal(stage, seed: 8)
      _ = try heir.trainIteration()
      #expect(try Self.weights(of: heir) == Self.weights(of: donor))
    }
  }

  // MARK: What does not fit

  @Test func errorsNameWhatDoesNotFit() throws {
    let feedForward = try Self.actorCritic(ActorCriticTests.settings("ppo"), Self.warmUp)
    let none = #expect(throws: ConfigurationError.self) { try feedForward.trainIteration() }
    #expect(none?.path.description == "agent.stages[0]")
    #expect(none?.problem.contains("no recurrent layers") == true)

    let donor = try Self.actorCritic(ActorCriticTests.settings("ppo, memory"))
    try withStoredWeights(of: donor) { stage in
      let heir = try Self.proximal(Self.measurement, stage)
      let before = try Self.weights(of: heir)
      let other = #expect(throws: ConfigurationError.self) { try heir.trainIteration() }
      #expect(other?.path.description == "agent.stages[1]")
      #expect(other?.problem.contains("another network: policy/") == true)
      #expect(try Self.weights(of: heir) == before)
    }
  }
}
