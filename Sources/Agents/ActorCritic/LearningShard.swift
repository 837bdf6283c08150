import Autodiff
import NeuroMod

/// One shard of an update: the network over windows of a rollout, and the loss over its heads.
final class LearningShard {
  typealias Port = ActorCriticPrograms.Port

  let network: Shard
  let loss: Shard
  private let heads: [String]
  /// The weights of the losses, summed over all shards to the mean over `count` numbers.
  private let weights: [(String, Float)]

  init(network: Shard, loss: Shard, heads: [String], settings: ActorCriticSettings) {
    self.network = network
    self.loss = loss
    self.heads = heads
    weights = [
      (Port.policyLoss, 1), (Port.valueLoss, settings.valueWeight),
      (Port.entropy, -settings.entropyWeight),
    ]
  }

  var rows: Int { loss.rows }
  var steps: Int { loss.steps }

  /// Hands the heads to the loss.
  func passHeads() {
    for name in heads {
      loss.input(name).update(
        from: network.output(name), count: steps * rows * loss.inputWidth(name))
    }
  }

  /// Loss forward and backward, then the network backward, with what its signals cost. The mean runs
  /// over `count` numbers; rows from `filled` on count nothing.
  func backpropagate(count: Int, filled: Int, pricing: UpdatePricing) {
    for (name, weight) in weights {
      let cotangent = loss.cotangent(name)
      for step in 0..<steps {
        for row in 0..<rows {
          cotangent[step * rows + row] = row < filled ? weight / Float(count) : 0
        }
      }
    }
    passHeads()
    loss.forward(0..<steps)
    loss.backward(steps)
    for name in heads {
      guard let gradient = loss.inputGradient(name) else { continue }
      network.cotangent(name).update(
        from: gradient, count: steps * rows * loss.inputWidth(name))
    }
    pricing.passDerivatives(to: network, steps: steps) { _ in filled }
    network.backward(steps)
  }

  /// The sum of an output of the loss over the filled rows.
  func sum(_ name: String, filled: Int) -> Double {
    let values = loss.output(name)
    let stride = loss.outputStride(name)
    var sum = 0.0
    for step in 0..<steps {
      for row in 0..<filled { sum += Double(values[(step * rows + row) * stride]) }
    }
    return sum
  }
}
