import Configuration
import NeuroMod
import Tensor
import Testing

/// The blocked Float32 network against the straightforward one in Double: the same spikes, and the same
/// synapses within rounding.
@Suite struct SporeReferenceTests {
  /// What the network is like.
  enum Shape: String, CaseIterable {
    case feedForward, parallel, direct, gradientNoise, simulatesRetracted, deletesRetracted
    case recurrent, frozen, shortIntervals, longIntervals, otherConstants

    var options: SporeNetworkOptions {
      var options = SporeNetworkOptions()
      options.outputs = 5
      options.neurons.current = 2
      // Large steps, so that synapses retract and form again within seconds.
      options.synapses.learningRate = 2e-5
      options.synapses.learningRateDecay = 0.1
      options.synapses.temperature = 5
      options.synapses.priorPrecision = 0.25
      (options.synapses.initialMean, options.synapses.initialDeviation) = (0.5, 1)
      // Small, because rounding of g passes into θ and back.
      options.synapses.gradientRate = 0.05
      switch self {
      case .feedForward: break
      case .parallel:
        (options.parallelSynapses, options.connectionProbability) = (3, 0.6)
        options.outputs = 19
        options.delay = 4
      case .direct:
        options.synapses.eligibilityRate = 0.3
        options.synapses.learningRateDecay = 0
      case .gradientNoise: options.synapses.gradientTemperature = 50
      case .simulatesRetracted:
        options.synapses.simulatesRetracted = true
        options.synapses.gradientTemperature = 5
      case .deletesRetracted: options.synapses.deletesRetracted = true
      case .recurrent, .frozen, .otherConstants:
        (options.hidden, options.inputTargets, options.inhibitory) = (12, 7, 6)
        (options.parallelSynapses, options.connectionProbability) = (2, 0.5)
        options.neurons.adaptationSpeed = 0.1
        options.neurons.resets = true
        options.delay = 2
        if self == .frozen { options.synapses.learningRate = 0 }
        if self == .otherConstants { options.setOtherConstants() }
      case .shortIntervals: options.synapses.interval = 7
      case .longIntervals: options.synapses.interval = 300
      }
      return options
    }
  }

  @Test(arguments: Shape.allCases) func networkMatchesItsReference(_ shape: Shape) {
    let options = shape.options
    let key = RandomKey(seed: 3) / shape.rawValue
    let network = SporeNetwork(options, inputs: 37, outputs: options.outputs, key: key)
    let reference = ReferenceSporeNetwork(of: network, key: key)
    var random = (key / "stimulus").stream()
    var reward = 0.0
    var spikes = 0
    for step in 0..<2500 {
      if step % 15 == 0 { reward = Double(random.normal()) }
      // Sources 16 ..< 32 are silent at first: a whole chunk of them sleeps.
      let firing = (0..<37).filter { neuron in
        let isSilent = step < 1000 && (16..<32).contains(neuron)
        return random.uniform() < 0.02 && !isSilent
      }
      for neuron in firing { network.inputs.append(neuron) }
      network.advance(reward: Float(reward))
      let fast = network.excitatorySpikes.map { Int($0) }
      let slow = reference.advance(inputs: firing, reward: Double(Float(reward)))
      #expect(fast == slow, "step \(step)")
      guard fast == slow else { return }
      spikes += fast.count
    }
    network.finishBlock()
    #expect(spikes > 50)
    for (index, (name, synapses)) in network.synapses.enumerated() {
      compare(synapses, reference.synapses(of: index), shape: shape, name: name)
    }
    for (fast, slow) in zip(network.thresholds, reference.excitatory.map(\.threshold)) {
      #expect(abs(fast - slow) < 1e-9)
    }
  }

  private func compare(
    _ synapses: [SporeSynapse], _ reference: [ReferenceSporeSynapse], shape: Shape, name: String
  ) {
    // Deleted synapses have left the list.
    let alive = shape == .deletesRetracted ? reference.filter { $0.parameter >= 0 } : reference
    #expect(synapses.count == alive.count)
    #expect(synapses.contains { $0.weight > 0 })
    if shape != .deletesRetracted { #expect(synapses.contains { $0.weight == 0 }) }
    func scale(_ value: (ReferenceSporeSynapse) -> Double) -> Double {
      alive.map { abs(value($0)) }.max() ?? 1
    }
    let (eligibility, gradient) = (scale(\.eligibility), scale(\.gradient))
    // While θ moves, a rounded g moves it a little differently, and so on through w and p. Where it does
    // not, rounding stays what it is: 10⁻⁶ of the terms of e, of which those of spikes and of their
    // probabilities cancel, here all but a twelfth.
    let tolerance = shape == .frozen ? 2e-5 : 3e-4
    #expect(eligibility > 0 && gradient > 0)
    for (fast, slow) in zip(synapses, alive) {
      let place = "\(name) \(fast.source) → \(fast.target)"
      #expect(abs(fast.parameter - slow.parameter) < 2e-5, "θ of \(place)")
      #expect(abs(Double(fast.weight) - slow.weight) < 3e-5 * max(1, slow.weight), "w of \(place)")
      #expect(
        abs(Double(fast.eligibility) - slow.eligibility) < tolerance * eligibility, "e of \(place)")
      #expect(abs(Double(fast.gradient) - slow.gradient) < tolerance * gradient, "g of \(place)")
    }
  }
}

extension SporeNetworkOptions {
  /// Constants that no other shape changes, all away from their defaults.
  fileprivate mutating func setOtherConstants() {
    neurons.linearRate = 6
    (neurons.excitatoryRise, neurons.excitatoryFall) = (3, 14)
    (neurons.inhibitoryRise, neurons.inhibitoryFall) = (2, 6)
    inhibitoryNeurons.linearRate = 9
    (inhibitoryNeurons.excitatoryRise, inhibitoryNeurons.excitatoryFall) = (1.5, 11)
    (inhibitoryNeurons.inhibitoryRise, inhibitoryNeurons.inhibitoryFall) = (0.7, 8)
    (synapses.rise, synapses.fall, synapses.cutoff) = (3, 15, 0.02)
    (synapses.parameterOffset, synapses.weightScale) = (1.5, 0.3)
  }
}
