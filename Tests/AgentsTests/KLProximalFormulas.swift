import Agents
import Foundation
import Tensor
import Testing

/// The formulas of `kl-ppo` in Double, for a network that can be written down.

/// A plain recurrent layer with linear heads: h' = tanh(x W + h U + b).
struct TanhNetwork {
  static let units = 2
  let heads: [String]
  let prefix: String
  var weights: Weights

  /// The network of `agent` as it is.
  init(of agent: KLProximalAgent, _ prefix: String, heads: [String]) throws {
    (self.prefix, self.heads) = (prefix, heads)
    let archive = try Training.state(of: agent)
    weights = [:]
    for (name, tensor) in archive.tensors[.weights] ?? [:] where name.hasPrefix(prefix + "/") {
      weights[name] = try #require(tensor.floats).map { Double($0) }
    }
    #expect(weights.count == 3 + 2 * heads.count)
  }

  func next(_ h: [Double], _ x: Double) -> [Double] {
    let (input, recurrent) = (
      weights[prefix + "/recurrent0/input"]!, weights[prefix + "/recurrent0/recurrent"]!
    )
    return h.indices.map { unit in
      tanh(
        h.indices.reduce(x * input[unit] + weights[prefix + "/recurrent0/bias"]![unit]) {
          $0 + h[$1] * recurrent[$1 * h.count + unit]
        })
    }
  }

  func head(_ name: String, _ h: [Double]) -> [Double] {
    let (weight, bias) = (
      weights["\(prefix)/\(name)/weight"]!, weights["\(prefix)/\(name)/bias"]!
    )
    return bias.indices.map { output in
      h.indices.reduce(bias[output]) { $0 + h[$1] * weight[$1 * bias.count + output] }
    }
  }

  /// The memory before the first step and after each one.
  func memories(_ xs: some Sequence<Double>, from h: [Double]? = nil) -> [[Double]] {
    var memories = [h ?? Array(repeating: 0, count: Self.units)]
    for x in xs { memories.append(next(memories.last!, x)) }
    return memories
  }

  /// A head's numbers in each step.
  func outputs(
    _ name: String, _ xs: some Sequence<Double>, from h: [Double]? = nil
  ) -> [[Double]] { memories(xs, from: h).dropFirst().map { head(name, $0) } }
}

/// Episodes with their advantages and returns. Sequences are by row, then by step.
struct Episodes {
  let observations: [[Double]]
  let actions: [[[Double]]]
  /// Normalised over all learned steps.
  private(set) var advantages: [[Double]]
  private(set) var targets: [[Double]]
  let learned: Int
  var learnedCount: Int { observations.count * learned }

  /// What `agent` has just played, judged by the critic that it had then.
  init(of agent: KLProximalAgent, _ options: KLProximalOptions, critic: TanhNetwork) throws {
    let observed = try Self.sequences("observations", of: agent)
    observations = observed.map { $0.map { $0[0] } }
    actions = try Self.sequences("actions", of: agent)
    let rewards = try Self.sequences("rewards", of: agent)
    learned = options.trainCut
    let (discount, lambda) = (options.discount, options.lambda)
    (advantages, targets) = ([], [])
    for (xs, rewards) in zip(observations, rewards) {
      let values = critic.outputs("value", xs).map { $0[0] }
      var (advantage, following, target) = (0.0, 0.0, 0.0)
      var (rowAdvantages, rowTargets): ([Double], [Double]) = ([], [])
      for step in xs.indices.reversed() {
        let reward = (1 - discount) * rewards[step][0]
        advantage = reward + discount * following - values[step] + discount * lambda * advantage
        target = reward + discount * target
        following = values[step]
        rowAdvantages.insert(advantage, at: 0)
        rowTargets.insert(target, at: 0)
      }
      advantages.append(rowAdvantages)
      targets.append(rowTargets)
    }
    let taken = advantages.flatMap { $0[..<learned] }
    let mean = taken.reduce(0, +) / Double(taken.count)
    let variance = taken.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(taken.count)
    advantages = advantages.map { row in
      row[..<learned].map { ($0 - mean) / (variance.squareRoot() + 1e-6) }
    }
  }

  private static func sequences(_ name: String, of agent: KLProximalAgent) throws -> [[[Double]]] {
    var archive = Archive()
    agent.save(evidenceInto: &archive)
    let tensor = try archive.tensor(name, in: .state)
    let (rows, width) = (tensor.shape[1], tensor.shape[2])
    let numbers = try #require(tensor.floats).map { Double($0) }
    return (0..<rows).map { row in
      (0..<tensor.shape[0]).map { step in
        Array(numbers[(step * rows + row) * width..<(step * rows + row + 1) * width])
      }
    }
  }

  /// The agent's own advantages and returns are these.
  func compare(with agent: KLProximalAgent) throws {
    for (name, expected) in [("advantages", advantages), ("targets", targets)] {
      for (found, row) in zip(try Self.sequences(name, of: agent), expected) {
        for (found, value) in zip(found, row) {
          #expect(abs(found[0] - value) < 1e-4, "\(name): \(found[0]), not \(value)")
        }
      }
    }
  }
}

/// L = −mean(A exp(ln p − ln p_old)) + β mean(KL) + η mean(max(0, KL − 2 KL_target)²), where windows begin
/// in the memories of the old policy.
struct PolicyObjective {
  private typealias Gaussian = (mean: [Double], logVariance: [Double])

  private let samples: Episodes
  private let old: TanhNetwork
  private let options: KLProximalOptions
  private let weight: Double

  init(_ samples: Episodes, old: TanhNetwork, _ options: KLProximalOptions, weight: Double) {
    (self.samples, self.old, self.options, self.weight) = (samples, old, options, weight)
  }

  private func policies(
    _ network: TanhNetwork, _ xs: some Sequence<Double>, from h: [Double]? = nil
  ) -> [Gaussian] {
    zip(network.outputs("mean", xs, from: h), network.outputs("logVariance", xs, from: h)).map {
      ($0, $1.map { $0 + Double(options.logVarianceOffset) })
    }
  }

  private func logProbability(_ action: [Double], _ policy: Gaussian) -> Double {
    action.indices.reduce(0) {
      let (variance, distance) = (exp(policy.logVariance[$1]), action[$1] - policy.mean[$1])
      return $0 - (policy.logVariance[$1] + distance * distance / (variance + 1e-6)) / 2
    }
  }

  private func divergence(_ new: Gaussian, from old: Gaussian) -> Double {
    var sum = -Double(new.mean.count)
    for index in new.mean.indices {
      let (distance, change) = (
        new.mean[index] - old.mean[index], new.logVariance[index] - old.logVariance[index]
      )
      sum += change + exp(-change) + distance * distance / (exp(new.logVariance[index]) + 1e-6)
    }
    return sum / 2
  }

  /// The new and the old policy in each learned step of each window.
  private func steps(_ weights: Weights) -> [(row: Int, step: Int, new: Gaussian, old: Gaussian)] {
    var network = old
    network.weights = weights
    var steps: [(row: Int, step: Int, new: Gaussian, old: Gaussian)] = []
    for (row, xs) in samples.observations.enumerated() {
      let (memories, before) = (old.memories(xs), policies(old, xs))
      for first in stride(from: 0, to: samples.learned, by: options.window) {
        let window = policies(
          network, xs[first..<first + options.window], from: memories[first])
        for (place, policy) in window.enumerated() {
          steps.append((row, first + place, policy, before[first + place]))
        }
      }
    }
    return steps
  }

  func divergences(_ weights: Weights) -> [Double] {
    steps(weights).map { divergence($0.new, from: $0.old) }
  }

  func loss(_ weights: Weights) -> Double {
    var sum = 0.0
    for (row, step, new, old) in steps(weights) {
      let action = samples.actions[row][step]
      let ratio = exp(logProbability(action, new) - logProbability(action, old))
      let divergence = divergence(new, from: old)
      let excess = max(0, divergence - 2 * options.divergenceTarget)
      sum +=
        weight * divergence + options.excessWeight * excess * excess
        - samples.advantages[row][step] * ratio
    }
    return sum / Double(samples.learnedCount)
  }

  /// The mean divergence where the new policy's memory is its own from the first step on.
  func unrolledDivergence(_ weights: Weights) -> Double {
    var network = old
    network.weights = weights
    var sum = 0.0
    for xs in samples.observations {
      let steps = zip(policies(network, xs), policies(old, xs)).prefix(samples.learned)
      sum += steps.reduce(0) { $0 + divergence($1.0, from: $1.1) }
    }
    return sum / Double(samples.learnedCount)
  }
}

/// The mean squared error of the critic in the windows of one iteration, which begin in the memories of
/// the critic that it had then.
struct ValueObjective {
  private let samples: Episodes
  private let old: TanhNetwork
  private let options: KLProximalOptions

  init(_ samples: Episodes, old: TanhNetwork, _ options: KLProximalOptions) {
    (self.samples, self.old, self.options) = (samples, old, options)
  }

  func loss(_ weights: Weights) -> Double {
    var network = old
    network.weights = weights
    var sum = 0.0
    for (xs, targets) in zip(samples.observations, samples.targets) {
      let memories = old.memories(xs)
      for first in stride(from: 0, to: samples.learned, by: options.window) {
        let window = first..<first + options.window
        for (value, step) in zip(
          network.outputs("value", xs[window], from: memories[first]), window)
        {
          sum += (value[0] - targets[step]) * (value[0] - targets[step])
        }
      }
    }
    return sum / Double(samples.learnedCount)
  }
}

/// Adam (Kingma & Ba 2015), with constants as Float holds them.
struct Adam {
  var weights: Weights
  private let rate: Double
  private var (first, second): (Weights, Weights)
  private var updates = 0.0

  init(_ weights: Weights, rate: Double) {
    (self.weights, self.rate) = (weights, rate)
    first = weights.mapValues { $0.map { _ in 0 } }
    second = first
  }

  mutating func update(_ gradient: Weights, scale: Double) {
    let (beta1, beta2) = (Double(Float(0.9)), Double(Float(0.999)))
    updates += 1
    for (name, slopes) in gradient {
      for (index, slope) in slopes.enumerated() {
        let slope = scale * slope
        first[name]![index] = beta1 * first[name]![index] + (1 - beta1) * slope
        second[name]![index] = beta2 * second[name]![index] + (1 - beta2) * slope * slope
        let mean = first[name]![index] / (1 - pow(beta1, updates))
        let square = second[name]![index] / (1 - pow(beta2, updates))
        weights[name]![index] -= rate * mean / (square.squareRoot() + 1e-8)
      }
    }
  }
}
