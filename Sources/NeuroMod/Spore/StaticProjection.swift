import Tensor

/// Synapses of fixed random weight. Inhibitory ones have negative weights and an input of their own at
/// the neuron.
final class StaticProjection {
  /// How weights are drawn: normal, kept to the sign of the mean.
  struct Weights {
    /// How likely a pair is connected.
    let probability: Double
    let mean: Float
    let deviation: Float
  }

  private let source: SpikeTrain
  private let target: SpikeResponsePopulation
  private let weights: FloatBuffer
  private let inhibits: Bool
  private let delay: Int

  init(
    from source: SpikeTrain, to target: SpikeResponsePopulation, weights: Weights,
    connectsToItself: Bool,
    delay: Int, key: RandomKey
  ) {
    self.source = source
    self.target = target
    self.delay = delay
    inhibits = weights.mean < 0
    self.weights = FloatBuffer(count: source.count * target.stride)
    var stream = key.stream()
    for source in 0..<source.count {
      for neuron in 0..<target.count where connectsToItself || source != neuron {
        guard stream.uniformDouble() < weights.probability else { continue }
        let weight = weights.mean + weights.deviation * stream.normal()
        self.weights.pointer[source * target.stride + neuron] =
          inhibits ? min(0, weight) : max(0, weight)
      }
    }
  }

  /// Lets the spikes arrive that were emitted a delay ago.
  func deliver() {
    target.receive(
      source.spikes(ago: delay), weights: weights.pointer, stride: target.stride,
      inhibits: inhibits)
  }

  /// The weight from `source` to `neuron`, 0 where they are not connected.
  func weight(from source: Int, to neuron: Int) -> Float {
    weights.pointer[source * target.stride + neuron]
  }
}
