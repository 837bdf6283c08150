import Agents
import Autodiff
import Configuration
import Envs
import Foundation
import NeuroMod
import Tensor
import Testing

/// Updates of the actor–critic agents against formulas in plain Double: losses, clipping, entropy and
/// what all of them do to the weights.
@Suite struct ActorCriticUpdateTests {
  enum Distribution: String, Sendable {
    case categorical, gaussian
    /// A Gaussian whose variance depends on the observation.
    case gaussianOfState
  }

  struct Variant: Sendable, CustomTestStringConvertible {
    var distribution = Distribution.categorical
    var clipRange: Float = 0
    var normalizesAdvantages = false
    var epochs = 1
    var optimizer = OptimizerName.momentum
    var optimizerEpsilon: Float = 1e-5
    var testDescription: String {
      "\(distribution), clip \(clipRange), \(epochs) epochs"
        + (normalizesAdvantages ? ", normalised" : "")
    }
  }

  private static let valueWeight: Float = 0.3
  private static let entropyWeight: Float = 0.2
  private static let logVarianceOffset: Float = -0.7

  /// Linear heads of the observation, so that losses can be written down.
  private static func beginning(_ distribution: Distribution) -> [String: [Float]] {
    var weights: [String: [Float]] = [
      "network/critic/value/weight": [0.5], "network/critic/value/bias": [-0.2],
    ]
    switch distribution {
    case .categorical:
      weights["network/actor/policy/weight"] = [0.3, -0.2]
      weights["network/actor/policy/bias"] = [0.1, -0.1]
    case .gaussian, .gaussianOfState:
      weights["network/actor/policy/weight"] = [0.4]
      weights["network/actor/policy/bias"] = [0.1]
    }
    switch distribution {
    case .categorical: break
    case .gaussian: weights["network/logVariance"] = [-0.5]
    case .gaussianOfState:
      weights["network/actor/logVariance/weight"] = [0.3]
      weights["network/actor/logVariance/bias"] = [0.2]
    }
    return weights
  }

  // MARK: In Double

  /// What a rollout held.
  private struct Samples {
    let observations: [Double]
    let actions: [[Double]]
    var advantages: [Double]
    let targets: [Double]

    init(of agent: ActorCriticAgent) throws {
      var archive = Archive()
      agent.save(evidenceInto: &archive)
      func numbers(_ name: String) throws -> [Double] {
        try #require(archive.tensor(name, in: .state).floats).map { Double($0) }
      }
      observations = try numbers("observations")
      let actions = try numbers("actions")
      let size = actions.count / observations.count
      self.actions = observations.indices.map { Array(actions[$0 * size..<($0 + 1) * size]) }
      advantages = try numbers("advantages")
      targets = try numbers("targets")
    }

    /// Zero mean and unit variance.
    mutating func normalizeAdvantages() {
      let count = Double(advantages.count)
      let mean = advantages.reduce(0, +) / count
      let squares = advantages.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (squares / (count - 1)).squareRoot()
      advantages = advantages.map { ($0 - mean) / deviation }
    }
  }

  private struct Losses {
    var policy = 0.0
    var value = 0.0
    var entropy = 0.0
    var total: Double {
      policy + Double(valueWeight) * value - Double(entropyWeight) * entropy
    }
  }

  private static func head(_ name: String, _ x: Double, _ weights: Weights) -> [Double] {
    zip(weights[name + "/weight"]!, weights[name + "/bias"]!).map { x * $0 + $1 }
  }

  /// ln p of a sample's action, for a Gaussian without −½ ln 2π, and the entropy of its distribution.
  private static func policy(
    _ distribution: Distribution, _ samples: Samples, _ index: Int, _ weights: Weights
  ) -> (logProbability: Double, entropy: Double) {
    let x = samples.observations[index]
    let action = samples.actions[index]
    let numbers = head("network/actor/policy", x, weights)
    let logVariance: Double
    switch distribution {
    case .categorical:
      let normalization = log(numbers.reduce(0) { $0 + exp($1) })
      var (logProbability, entropy) = (0.0, 0.0)
      for (number, chosen) in zip(numbers, action) {
        let each = number - normalization
        logProbability += chosen * each
        entropy -= exp(each) * each
      }
      return (logProbability, entropy)
    case .gaussian:
      logVariance = weights["network/logVariance"]![0]
    case .gaussianOfState:
      logVariance = head("network/actor/logVariance", x, weights)[0] + Double(logVarianceOffset)
    }
    let distance = action[0] - numbers[0]
    let exponent = distance * distance / (exp(logVariance) + 1e-6)
    return (-0.5 * (logVariance + exponent), 0.5 * (logVariance + 1 + log(2 * Double.pi)))
  }

  /// Mean losses, with the log-probabilities `old` of the policy that played.
  private static func losses(
    _ variant: Variant, _ samples: Samples, old: [Double], _ weights: Weights
  ) -> Losses {
    var sum = Losses()
    for index in old.indices {
      let (logProbability, entropy) = policy(variant.distribution, samples, index, weights)
      let advantage = samples.advantages[index]
      if variant.clipRange > 0 {
        let ratio = exp(logProbability - old[index])
        let range = Double(variant.clipRange)
        let clipped = min(max(ratio, 1 - range), 1 + range)
        sum.policy -= min(ratio * advantage, clipped * advantage)
      } else {
        sum.policy -= logProbability * advantage
      }
      let value = head("network/critic/value", samples.observations[index], weights)[0]
      sum.value += (value - samples.targets[index]) * (value - samples.targets[index])
      sum.entropy += entropy
    }
    let count = Double(old.count)
    return Losses(
      policy: sum.policy / count, value: sum.value / count, entropy: sum.entropy / count)
  }

  /// The derivative of the whole loss by each weight.
  private static func gradient(
    _ variant: Variant, _ samples: Samples, old: [Double], _ weights: Weights
  ) -> Weights {
    differences(of: { losses(variant, samples, old: old, $0).total }, at: weights)
  }

  // MARK: Agents

  /// All that is known of one rollout and its updates, each over all samples at once.
  private struct Course {
    var samples: Samples
    let before: Weights
    let after: Weights
    let metrics: [String: Double]
  }

  private static func course(_ variant: Variant, learningRate: Float) throws -> Course {
    var settings = ActorCriticSettings()
    settings.network = try NetworkChoice(
      json: JSONValue(
        parsing: #"{"name": "recurrent", "sizes": [], "hidden": [], "feedback": false}"#),
      at: .root)
    (settings.environments, settings.rolloutSteps, settings.rolloutsPerIteration) = (8, 12, 1)
    (settings.epochs, settings.minibatches, settings.shards) = (variant.epochs, 1, 3)
    settings.clipRange = variant.clipRange
    settings.normalizesAdvantages = variant.normalizesAdvantages
    (settings.valueWeight, settings.entropyWeight) = (valueWeight, entropyWeight)
    (settings.discount, settings.lambda) = (0.9, 0.95)
    (settings.optimizer, settings.learningRate) = (variant.optimizer, learningRate)
    settings.optimizerEpsilon = variant.optimizerEpsilon
    settings.gradientNormLimit = 1e9
    settings.logVariance = logVarianceOffset
    settings.stateDependentVariance = variant.distribution == .gaussianOfState
    let agent = try ActorCriticTests.agent(
      settings,
      in: EnvironmentFactory(
        name: "products", Products(isDiscrete: variant.distribution == .categorical)))
    let numbers = beginning(variant.distribution)
    let initial = try ActorCriticTests.state(of: agent)
    var chosen = initial
    for (name, tensor) in initial.tensors[.weights] ?? [:] {
      chosen = chosen.replacing(
        name, by: ArchivedTensor(try #require(numbers[name]), shape: tensor.shape))
    }
    try agent.restore(from: chosen)
    let metrics = try agent.trainIteration()
    let after = try ActorCriticTests.state(of: agent)
    return Course(
      samples: try Samples(of: agent), before: numbers.mapValues { $0.map { Double($0) } },
      after: try numbers.reduce(into: [:]) { weights, entry in
        let values = try after.floats(entry.key, count: entry.value.count, in: .weights)
        weights[entry.key] = values.map { Double($0) }
      },
      metrics: Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) }))
  }

  /// One or two updates by momentum: the log and the weights after them.
  @Test(arguments: [
    Variant(), Variant(epochs: 2), Variant(normalizesAdvantages: true),
    Variant(distribution: .gaussian), Variant(distribution: .gaussianOfState, epochs: 2),
    Variant(clipRange: 0.2), Variant(clipRange: 0.2, epochs: 2),
    Variant(clipRange: 0.2, normalizesAdvantages: true, epochs: 2),
    Variant(distribution: .gaussian, clipRange: 0.2),
    Variant(distribution: .gaussian, clipRange: 0.2, epochs: 2),
    Variant(distribution: .gaussianOfState, clipRange: 0.2, normalizesAdvantages: true, epochs: 2),
  ])
  func updatesFollowTheFormulas(_ variant: Variant) throws {
    // So large that the first update takes ratios beyond the clipping range.
    let rate: Float = variant.distribution == .categorical ? 3 : 2
    var course = try Self.course(variant, learningRate: rate)
    if variant.normalizesAdvantages { course.samples.normalizeAdvantages() }
    let samples = course.samples
    var weights = course.before
    let old = samples.observations.indices.map {
      Self.policy(variant.distribution, samples, $0, weights).logProbability
    }
    var velocity = weights.mapValues { $0.map { _ in 0.0 } }
    var expected: [String: Double] = [:]
    var last = weights
    for _ in 0..<variant.epochs {
      last = weights
      let losses = Self.losses(variant, samples, old: old, weights)
      let gradient = Self.gradient(variant, samples, old: old, weights)
      var square = 0.0
      for (name, slopes) in gradient {
        for (index, slope) in slopes.enumerated() {
          square += slope * slope
          velocity[name]![index] = 0.9 * velocity[name]![index] + slope
          weights[name]![index] -= Double(rate) * velocity[name]![index]
        }
      }
      for (name, value) in [
        ("policy/loss", losses.policy), ("value/loss", losses.value),
        ("policy/entropy", losses.entropy), ("update/gradientNorm", square.squareRoot()),
      ] {
        expected[name, default: 0] += value / Double(variant.epochs)
      }
    }
    // Means of 96 numbers in Float are off by some 1e-6; a second update multiplies that by its curvature
    // times the step size, at most about ten.
    for (name, value) in expected {
      let found = try #require(course.metrics[name])
      #expect(abs(found - value) < 1e-4 * (1 + abs(value)), "\(name): \(found), not \(value)")
    }
    for (name, values) in weights {
      for (found, value) in zip(try #require(course.after[name]), values) {
        #expect(abs(found - value) < 1e-4 * (1 + abs(value)), "\(name): \(found), not \(value)")
      }
    }
    guard variant.clipRange > 0, variant.epochs > 1 else { return }
    // Every case of the clipped loss has been seen: ratios below, within and above the range, each with
    // advantages of both signs.
    var cases = Set<String>()
    for index in old.indices {
      let now = Self.policy(variant.distribution, samples, index, last).logProbability
      let ratio = exp(now - old[index])
      let place = ratio < 0.8 ? "below" : ratio > 1.2 ? "above" : "within"
      cases.insert(place + (samples.advantages[index] > 0 ? " +" : " −"))
    }
    #expect(cases.count == 6, "\(cases.sorted())")
  }

  /// The first step against a gradient g: η g / (|g| + ε) by Adam, η g / (√(0.01 g²) + ε) by RMSProp.
  @Test(arguments: [OptimizerName.adam, .rmsProp], [1e-5, 0.05] as [Float])
  func epsilonDampsSmallGradients(_ optimizer: OptimizerName, epsilon: Float) throws {
    let rate: Float = 0.1
    let variant = Variant(
      distribution: .gaussian, optimizer: optimizer, optimizerEpsilon: epsilon)
    let course = try Self.course(variant, learningRate: rate)
    let samples = course.samples
    let gradient = Self.gradient(variant, samples, old: samples.targets, course.before)
    for (name, slopes) in gradient {
      for (index, slope) in slopes.enumerated() {
        let size = optimizer == .adam ? abs(slope) : 0.1 * abs(slope)
        let value = course.before[name]![index] - Double(rate) * slope / (size + Double(epsilon))
        let found = try #require(course.after[name])[index]
        #expect(abs(found - value) < 1e-4 * (1 + abs(value)), "\(name): \(found), not \(value)")
      }
    }
  }
}
