import Agents
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// Updates of `kl-ppo` against its formulas in Double: advantages, the three parts of the policy's loss
/// through windows of memory, and what the critic learns from.
@Suite struct KLProximalUpdateTests {
  struct Variant: Sendable, CustomTestStringConvertible {
    var epochs = 3
    var divergenceWeight = 2.0
    var excessWeight = 0.0
    var gradientNormLimit = 0.0
    var testDescription: String {
      "\(epochs) epochs, β \(divergenceWeight), η \(excessWeight), norm \(gradientNormLimit)"
    }
  }

  private static let divergenceTarget = 0.02
  private static let horizon = 6

  private static func options(_ variant: Variant = Variant()) throws -> KLProximalOptions {
    var options = KLProximalOptions()
    options.network = try NetworkChoice(
      json: JSONValue(
        parsing: #"{"name": "recurrent", "cell": "rnn", "sizes": [2], "hidden": [], "#
          + #""feedback": false}"#), at: .root)
    (options.episodes, options.episodesPerIteration, options.shards) = (60, 12, 3)
    (options.trainCut, options.window) = (4, 2)
    (options.discount, options.lambda) = (0.9, 0.8)
    (options.policyEpochs, options.policyLearningRate) = (variant.epochs, 0.06)
    options.divergenceTarget = divergenceTarget
    options.divergenceWeight = variant.divergenceWeight
    options.excessWeight = variant.excessWeight
    options.gradientNormLimit = variant.gradientNormLimit
    options.logVarianceOffset = -0.7
    // All windows of all remembered iterations are one minibatch.
    (options.valueEpochs, options.valueMinibatch, options.valueLearningRate) = (2, 100, 0.05)
    return options
  }

  private static func agent(_ options: KLProximalOptions, seed: UInt64 = 5) throws
    -> KLProximalAgent
  {
    try Training.agent(
      options,
      in: EnvironmentFactory(name: "products", Products(actionSize: 2, horizon: horizon)),
      seed: seed)
  }

  /// The policy's update: the log and the weights after it.
  @Test(arguments: [
    Variant(epochs: 1), Variant(), Variant(excessWeight: 50),
    Variant(divergenceWeight: 0, excessWeight: 400),
    Variant(excessWeight: 50, gradientNormLimit: 0.05),
  ])
  func policyFollowsTheFormulas(_ variant: Variant) throws {
    let options = try Self.options(variant)
    let agent = try Self.agent(options)
    let before = try TanhNetwork(of: agent, "policy", heads: ["mean", "logVariance"])
    let critic = try TanhNetwork(of: agent, "value", heads: ["value"])
    let metrics = try Self.metrics(agent.trainIteration())
    let samples = try Episodes(of: agent, options, critic: critic)
    try samples.compare(with: agent)

    let objective = PolicyObjective(samples, old: before, options, weight: variant.divergenceWeight)
    var adam = Adam(before.weights, rate: Double(options.policyLearningRate))
    var norm = 0.0
    for epoch in 0..<variant.epochs {
      let gradient = differences(of: objective.loss, at: adam.weights)
      norm = gradient.values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
      let limit = variant.gradientNormLimit
      if limit > 0 && epoch > 0 { #expect(norm > limit, "the limit is not reached") }
      if epoch == variant.epochs - 1, variant.excessWeight > 0 {
        let excessive = objective.divergences(adam.weights).filter {
          $0 > 2 * Self.divergenceTarget
        }
        #expect(excessive.count > 3 && excessive.count < samples.learnedCount - 3)
      }
      adam.update(gradient, scale: limit > 0 ? min(1, limit / norm) : 1)
    }
    // Means of 48 numbers in Float are off by some 1e-7; Adam divides by the gradient's size.
    func expect(_ name: String, _ value: Double) throws {
      let found = try #require(metrics[name])
      #expect(abs(found - value) < 1e-4 * (0.01 + abs(value)), "\(name): \(found), not \(value)")
    }
    try expect("policy/gradientNorm", norm)
    try expect("policy/divergence", objective.unrolledDivergence(adam.weights))
    #expect(metrics["policy/rolledBack"] == 0)
    let after = try TanhNetwork(of: agent, "policy", heads: ["mean", "logVariance"])
    compare(after.weights, adam.weights)
  }

  /// The critic learns from the last `batches` iterations and from no earlier one, also where each
  /// iteration is another process.
  @Test(arguments: [1, 3], [false, true])
  func criticLearnsFromTheLastIterations(batches: Int, restores: Bool) throws {
    var options = try Self.options()
    options.valueBatches = batches
    var agent = try Self.agent(options)
    var remembered: [ValueObjective] = []
    var adam = Adam(
      try TanhNetwork(of: agent, "value", heads: ["value"]).weights,
      rate: Double(options.valueLearningRate))
    for iteration in 0..<5 {
      let critic = try TanhNetwork(of: agent, "value", heads: ["value"])
      adam.weights = critic.weights
      let found = try #require(Self.metrics(agent.trainIteration())["value/loss"])
      remembered.append(
        ValueObjective(try Episodes(of: agent, options, critic: critic), old: critic, options))
      remembered = remembered.suffix(batches)
      func loss(_ weights: Weights) -> Double {
        remembered.reduce(0) { $0 + $1.loss(weights) } / Double(remembered.count)
      }
      var error = 0.0
      for _ in 0..<options.valueEpochs {
        error = loss(adam.weights)
        adam.update(differences(of: loss, at: adam.weights), scale: 1)
      }
      #expect(abs(found - error) < 1e-5 * error, "iteration \(iteration): \(found), not \(error)")
      compare(try TanhNetwork(of: agent, "value", heads: ["value"]).weights, adam.weights)
      guard restores else { continue }
      let stored = try Training.state(of: agent)
      agent = try Self.agent(options, seed: 77)
      try agent.restore(from: stored)
    }
  }

  private static func metrics(_ metrics: [Metric]) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) })
  }

  private func compare(
    _ found: Weights, _ expected: Weights, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (name, values) in expected {
      for (found, value) in zip(found[name]!, values) {
        #expect(
          abs(found - value) < 1e-4 * (1 + abs(value)), "\(name): \(found), not \(value)",
          sourceLocation: sourceLocation)
      }
    }
  }
}
