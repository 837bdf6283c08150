import Glibc
import Tensor

/// A ``SporeNetwork`` in Double, without blocks, vectors or shared work: the oracle in tests, and the
/// straightforward form in benchmarks.
public final class ReferenceSporeNetwork {
  /// Presynaptic filters f and d of one neuron.
  private struct Filter {
    var slow = 0.0
    var fast = 0.0
    var value = 0.0
  }

  private struct Projection {
    let key: RandomKey
    let isRecurrent: Bool
    var synapses: [(place: SporeSynapse, synapse: ReferenceSporeSynapse)]
    var filters: [Filter]
  }

  private let options: SporeNetworkOptions
  private var projections: [Projection]
  private let network: SporeNetwork
  /// Hidden and output neurons.
  public private(set) var excitatory: [ReferenceSpikeResponse]
  /// Inhibitory neurons.
  public private(set) var inhibitory: [ReferenceSpikeResponse]
  /// Spikes of inputs, excitatory and inhibitory neurons in the last steps, newest first.
  private var past: [[[Int]]] = [[], [], []]
  private var step = 0

  /// The double of `network`, which must not have run yet; `key` is the one that it was made with.
  public init(of network: SporeNetwork, key: RandomKey) {
    self.network = network
    let options = network.options
    self.options = options
    let count = options.hidden + network.outputCount
    projections = network.synapses.map { name, synapses in
      let isRecurrent = name == "recurrent"
      return Projection(
        key: key / name, isRecurrent: isRecurrent,
        synapses: synapses.map {
          ($0, ReferenceSporeSynapse(options.synapses, parameter: $0.parameter))
        },
        filters: Array(repeating: Filter(), count: isRecurrent ? count : network.inputs.count))
    }
    excitatory = (0..<count).map {
      ReferenceSpikeResponse(options.neurons, key: key / "excitatory" / $0)
    }
    inhibitory = (0..<options.inhibitory).map {
      ReferenceSpikeResponse(options.inhibitoryNeurons, key: key / "inhibitory" / $0)
    }
  }

  /// The synapses of a projection in the order of ``SporeNetwork/synapses``.
  public func synapses(of index: Int) -> [ReferenceSporeSynapse] {
    projections[index].synapses.map(\.synapse)
  }

  /// One millisecond in which `inputs` fire; gives the excitatory neurons that fire.
  public func advance(inputs: [Int], reward: Double) -> [Int] {
    let rate =
      options.synapses.learningRate
      * exp(-options.synapses.learningRateDecay * Double(step + 1) * 1e-3)
    past[0].insert(inputs, at: 0)
    decayFilters()
    advanceNeurons()
    past[1].insert(excitatory.indices.filter { excitatory[$0].fired }, at: 0)
    past[2].insert(inhibitory.indices.filter { inhibitory[$0].fired }, at: 0)
    for index in projections.indices { advance(&projections[index], reward: reward, rate: rate) }
    for index in past.indices { past[index] = Array(past[index].prefix(options.delay + 1)) }
    step += 1
    if step % options.synapses.interval == 0 {
      for index in projections.indices { update(&projections[index], rate: rate) }
    }
    return past[1][0]
  }

  private func decayFilters() {
    let o = options.synapses
    for index in projections.indices {
      for neuron in projections[index].filters.indices {
        var filter = projections[index].filters[neuron]
        filter.slow *= exp(-1 / o.fall)
        filter.fast *= exp(-1 / o.rise)
        filter.value = o.fall / (o.fall - o.rise) * (filter.slow - filter.fast)
        if filter.slow < Double(o.cutoff) { (filter.slow, filter.fast) = (0, 0) }
        projections[index].filters[neuron] = filter
      }
    }
  }

  private func advanceNeurons() {
    /// Who fired a delay ago; spikes of neurons in this step are not in the lists yet.
    func arriving(_ population: Int) -> [Int] {
      let age = population == 0 ? options.delay : options.delay - 1
      return past[population].count > age ? past[population][age] : []
    }
    var excitation = Array(repeating: 0.0, count: excitatory.count)
    for projection in projections {
      let spikes = arriving(projection.isRecurrent ? 1 : 0)
      for (place, synapse) in projection.synapses where spikes.contains(place.source) {
        excitation[place.target] += synapse.weight
      }
    }
    func fixed(_ projection: Int, to neuron: Int) -> Double {
      guard !inhibitory.isEmpty else { return 0 }
      return arriving(projection == 0 ? 1 : 2).reduce(0.0) {
        $0 + Double(network.fixedWeight(projection: projection, from: $1, to: neuron))
      }
    }
    for neuron in excitatory.indices {
      excitatory[neuron].advance(
        step: step, excitation: excitation[neuron], inhibition: fixed(1, to: neuron))
    }
    for neuron in inhibitory.indices {
      inhibitory[neuron].advance(
        step: step, excitation: fixed(0, to: neuron), inhibition: fixed(2, to: neuron))
    }
  }

  private func advance(_ projection: inout Projection, reward: Double, rate: Double) {
    for index in projection.synapses.indices {
      let place = projection.synapses[index].place
      projection.synapses[index].synapse.advance(
        presynaptic: projection.filters[place.source].value,
        postsynaptic: excitatory[place.target].trace, reward: reward, learningRate: rate)
    }
    for neuron in past[projection.isRecurrent ? 1 : 0][0] {
      projection.filters[neuron].slow += 1
      projection.filters[neuron].fast += 1
    }
  }

  private func update(_ projection: inout Projection, rate: Double) {
    let number = step / options.synapses.interval
    for index in projection.synapses.indices {
      let place = projection.synapses[index].place.index
      projection.synapses[index].synapse.update(
        learningRate: rate,
        noise: ReferenceNoise.normal(
          key: projection.key / "noise", row: number, index: place),
        gradientNoise: ReferenceNoise.normal(
          key: projection.key / "gradientNoise", row: number, index: place))
    }
  }
}
