import Glibc
import NeuroMod
import Tensor
import Testing

/// SPORE against closed forms.
@Suite struct SporeTheoryTests {
  /// Without spikes, noise and reward θ decays to the prior's mean. A step has the 24 bits of a Float: its
  /// factor 0.01 alone is off by 2 · 10⁻⁸ of itself, which adds up to that part of −0.99ⁿ log 0.99ⁿ.
  @Test func parametersDecayToThePrior() {
    var options = Self.silent(outputs: 3)
    options.synapses.learningRate = 1e-4
    options.synapses.temperature = 0
    options.synapses.initialMean = 1
    let network = SporeNetwork(options, inputs: 2, outputs: 3, key: RandomKey(seed: 1))
    for update in 1...100 {
      for _ in 0..<100 { network.advance(reward: 0) }
      for synapse in network.synapses[0].synapses {
        #expect(abs(synapse.parameter - pow(0.99, Double(update))) < 2e-8)
      }
    }
  }

  /// Steps of θ that are a twentieth of what a Float can be told apart from 1 by add up all the same.
  @Test func smallStepsAddUp() {
    var options = Self.silent(outputs: 3)
    options.synapses.interval = 1
    let step = 3e-9
    options.synapses.learningRate = step
    options.synapses.temperature = 0
    options.synapses.initialMean = 1
    let network = SporeNetwork(options, inputs: 2, outputs: 3, key: RandomKey(seed: 1))
    let steps = 10_000
    for _ in 0..<steps { network.advance(reward: 0) }
    let expected = 1 - exp(-step * Double(steps))
    for synapse in network.synapses[0].synapses {
      #expect(abs((1 - synapse.parameter) / expected - 1) < 1e-6, "\(1 - synapse.parameter)")
    }
  }

  /// Without reward the stationary distribution is the prior at temperature T: a normal distribution of
  /// variance T / c_p, enlarged by the finite step to T / (c_p (1 − βΔ c_p / 2)).
  @Test(arguments: [0.04, 0.4, 2.0]) func priorIsTheStationaryDistribution(step: Double) {
    var options = Self.silent(outputs: 100)
    options.synapses.interval = 1
    options.synapses.learningRate = step
    (options.synapses.temperature, options.synapses.priorPrecision) = (0.1, 0.25)
    (options.synapses.minimum, options.synapses.maximum) = (-20, 20)
    (options.synapses.priorMean, options.synapses.initialDeviation) = (0.3, 1)
    let network = SporeNetwork(options, inputs: 400, outputs: 100, key: RandomKey(seed: 2))
    for _ in 0..<Int(30 / (step * 0.25)) { network.advance(reward: 0) }
    let values = network.synapses[0].synapses.map(\.parameter)
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let fourth = values.reduce(0) { $0 + pow($1 - mean, 4) } / count
    let expected = 0.1 / (0.25 * (1 - step * 0.25 / 2))
    // 40 000 samples: standard errors 0.003 of the mean, 0.7 % of the variance, 0.025 of the kurtosis.
    #expect(abs(mean - 0.3) < 0.012, "\(mean)")
    #expect(abs(variance / expected - 1) < 0.025, "\(variance), \(expected)")
    #expect(abs(fourth / (variance * variance) - 3) < 0.1)
    let active = Double(values.count { $0 >= 0 }) / count
    #expect(abs(active - 0.5 * erfc(-0.3 / (2 * expected).squareRoot())) < 0.01)
  }

  /// Rate 1 / (dt / p + dead time), for every drive.
  @Test(arguments: [-3, 0, 5, 10, 20], [1, 5]) func rateIsThatOfARenewalProcess(
    current: Float, deadTime: Int
  ) {
    var options = SporeNetworkOptions()
    options.neurons = SpikeResponseOptions()
    options.neurons.current = current
    options.neurons.deadTime = deadTime
    let neurons = 1000
    let network = SporeNetwork(
      options, inputs: 1, outputs: neurons, learns: false, key: RandomKey(seed: 4))
    let steps = 30_000
    var spikes = 0
    for _ in 0..<steps {
      network.advance(reward: 0)
      spikes += network.excitatorySpikes.count
    }
    let p = 1 - exp(-1.238 * exp(0.25 * Double(current)) * 1e-3)
    let expected = 1000 / (1 / p + Double(deadTime))
    let rate = Double(spikes) / Double(neurons) / Double(steps) * 1000
    #expect(abs(rate / expected - 1) < 0.02, "\(rate) Hz, expected \(expected)")
  }

  /// The threshold brings the rate to its target from far below and above.
  @Test(arguments: [-6, 3]) func thresholdKeepsTheTargetRate(current: Float) {
    var options = SporeNetworkOptions()
    options.neurons.current = current
    (options.neurons.targetRate, options.neurons.adaptationSpeed) = (5, 0.1)
    let neurons = 200
    let network = SporeNetwork(
      options, inputs: 1, outputs: neurons, learns: false, key: RandomKey(seed: 5))
    for _ in 0..<60_000 { network.advance(reward: 0) }
    var spikes = 0
    for _ in 0..<20_000 {
      network.advance(reward: 0)
      spikes += network.excitatorySpikes.count
    }
    #expect(abs(Double(spikes) / Double(neurons) / 20 - 5) < 0.25)
  }

  /// The eligibility is the score of the spike train: its mean is 0, and its product with a reward is an
  /// estimate of the derivative of the mean reward by θ. Here the reward is the number of spikes in a
  /// second, whose mean is known: Σ p(t).
  @Test func eligibilityTimesRewardIsTheGradient() {
    var options = SporeNetworkOptions()
    options.delay = 1
    options.neurons.deadTime = 0
    options.neurons.exponentialRate = 20
    options.neurons.current = -1
    options.synapses.interval = 100_000
    (options.synapses.eligibilityTime, options.synapses.gradientTime) = (1e9, 1e9)
    let parameter = 3.2
    options.synapses.initialMean = parameter
    let inputTimes = [3, 20, 24, 61, 150, 151, 300, 420, 610, 640, 700, 820, 905]
    let neurons = 4000
    let episodes = 5
    var (products, scores, squares, count) = (0.0, 0.0, 0.0, 0.0)
    for episode in 0..<episodes {
      let network = SporeNetwork(
        options, inputs: 1, outputs: neurons, key: RandomKey(seed: 6) / episode)
      var spikes = Array(repeating: 0, count: neurons)
      for step in 0..<1000 {
        if inputTimes.contains(step) { network.inputs.append(0) }
        network.advance(reward: 0)
        for neuron in network.excitatorySpikes { spikes[Int(neuron)] += 1 }
      }
      network.finishBlock()
      for synapse in network.synapses[0].synapses {
        let score = Double(synapse.eligibility)
        products += score * Double(spikes[synapse.target])
        scores += score
        squares += score * score
        count += 1
      }
    }
    #expect(abs(scores / count) < 3 * (squares / count).squareRoot() / count.squareRoot())

    func meanReward(_ parameter: Double) -> Double {
      let weight = exp(parameter - 3)
      return (0..<1000).reduce(0.0) { sum, step in
        let potential = inputTimes.reduce(-1.0) { potential, time in
          let age = Double(step - time - 1)
          guard age > 0 else { return potential }
          return potential + weight * 20 / 18 * (exp(-age / 20) - exp(-age / 2))
        }
        return sum + 1 - exp(-20 * exp(potential) * 1e-3)
      }
    }
    let derivative = (meanReward(parameter + 1e-4) - meanReward(parameter - 1e-4)) / 2e-4
    let estimate = products / count
    #expect(abs(estimate / derivative - 1) < 0.05, "\(estimate), expected \(derivative)")
  }

  /// A reward at the end of the episode alone makes g the product of reward and eligibility.
  @Test func gradientIsTheSumOfRewardsTimesEligibility() {
    var options = SporeNetworkOptions()
    options.neurons.current = 2
    options.synapses.initialMean = 2
    let network = SporeNetwork(options, inputs: 4, outputs: 8, key: RandomKey(seed: 7))
    for step in 0..<997 {
      if step % 7 == 0 { network.inputs.append(step % 4) }
      network.advance(reward: 0)
    }
    network.finishBlock()
    #expect(network.synapses[0].synapses.allSatisfy { $0.gradient == 0 })
    network.advance(reward: 2)
    network.finishBlock()
    for synapse in network.synapses[0].synapses {
      #expect(abs(synapse.gradient - 2 * synapse.eligibility) <= 1e-6 * abs(synapse.gradient))
    }
  }

  @Test func rewardsAreRelativeToTheirMean() {
    var conditioning = RewardConditioning()
    #expect(conditioning.condition(0) == 0.02)
    #expect(conditioning.mean == 0.02)
    let decay = exp(-1.0 / 50_000)
    let relative = 1 / (0.02 * decay + 1 - decay) + 0.02
    #expect(abs(conditioning.condition(1) - relative) < 1e-9)
    for _ in 0..<1_000_000 { _ = conditioning.condition(0.5) }
    #expect(abs(conditioning.mean - 0.5) < 1e-6)
    #expect(abs(conditioning.condition(0.5) - 1.02) < 1e-6)
    #expect(conditioning.condition(0) == 0.02)
  }

  /// Neurons that never fire.
  private static func silent(outputs: Int) -> SporeNetworkOptions {
    var options = SporeNetworkOptions()
    options.outputs = outputs
    options.neurons.exponentialRate = 0
    return options
  }
}
