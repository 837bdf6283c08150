import Autodiff
import Configuration
import Foundation
import NeuroMod
import Tensor
import Testing

/// What single neurons do with a constant current, against closed forms, and the sizes of published
/// networks.
@Suite struct SpikingDynamicsTests {
  /// The steps at which one neuron fires, and its threshold's adaptation after each step.
  static func fire(_ options: (inout LSNN) -> Void, current: Float, steps: Int) -> (
    spikes: [Int], adaptation: [Double]
  ) {
    var cell = LSNN()
    (cell.size, cell.refractory) = (1, 0)
    options(&cell)
    let program = CellTests.program(of: [cell], inputSize: 1)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    store.assign([current, 0])
    let executor = Executor(program, parameters: store, rows: [1], steps: steps)
    executor.prepare()
    let shard = executor.shards[0]
    shard.input("x").update(repeating: 1, count: steps)
    shard.forward(0..<steps)
    let spikes = (0..<steps).filter { shard.output("y", step: $0)[0] > 0 }
    guard cell.adaptiveFraction > 0 else { return (spikes, []) }
    let b = program.state("cell0/b")
    return (spikes, (1...steps).map { Double(shard.state(b, step: $0)[0]) })
  }

  /// Between spikes v approaches the current as v_k = I − (I − v_0) α^k, and a spike subtracts the
  /// threshold in the step after it: the steps of all spikes follow from logarithms.
  @Test(arguments: [0.0101, 0.012, 0.02, 0.05, 0.2] as [Double], [5, 20, 60] as [Double])
  func firingRateOfLIF(_ current: Double, membraneTime: Double) {
    let (threshold, alpha, steps) = (0.01, exp(-1 / membraneTime), 4000)
    let spikes = Self.fire(
      { ($0.adaptiveFraction, $0.membraneTime) = (0, Float(membraneTime)) },
      current: Float(current), steps: steps
    ).spikes
    var (expected, start, origin): ([Int], Double, Int) = ([], 0, 0)
    while true {
      // The first k ≥ 1 with v_k above the threshold, from v_0 = start after step `origin` - 1.
      let wait =
        start > threshold
        ? 1 : Int((log((current - threshold) / (current - start)) / log(alpha)).rounded(.down)) + 1
      let step = origin + max(wait, 1) - 1
      guard step < steps else { break }
      expected.append(step)
      let v = current - (current - start) * pow(alpha, Double(max(wait, 1)))
      // v' = α v + (1 − α) I − threshold is where v would be had it started at v − threshold / α.
      start = v - threshold / alpha
      origin = step + 1
    }
    #expect(spikes.count > 5)
    // In single precision a spike may come a step early or late, once in a long while.
    #expect(abs(spikes.count - expected.count) <= 1)
    let off = zip(spikes, expected).count { abs($0 - $1) > 1 }
    #expect(off == 0, "\(spikes.prefix(20)) instead of \(expected.prefix(20))")
  }

  @Test func noSpikesBelowTheThreshold() {
    let run = Self.fire({ $0.adaptiveFraction = 0 }, current: 0.0099, steps: 2000)
    #expect(run.spikes.isEmpty)
  }

  /// An adaptive neuron slows down; its threshold ends at threshold + β · rate.
  @Test func adaptationSlowsDown() {
    let run = Self.fire({ $0.adaptiveFraction = 1 }, current: 0.1, steps: 8000)
    let intervals = zip(run.spikes.dropFirst(), run.spikes).map { $0 - $1 }
    let smooth = stride(from: 0, to: intervals.count - 10, by: 10).map {
      intervals[$0..<$0 + 10].reduce(0, +)
    }
    for (earlier, later) in zip(smooth, smooth.dropFirst()) { #expect(later >= earlier - 1) }
    #expect(smooth.last! > 3 * smooth[0])
    let last = run.spikes.suffix(21)
    let (first, end) = (last.first!, last.last!)
    let rate = 20 / Double(end - first)
    let mean = run.adaptation[first..<end].reduce(0, +) / Double(end - first)
    let (threshold, expected) = (0.01 + 1.8 * mean, 0.01 + 1.8 * rate)
    #expect(abs(threshold / expected - 1) < 0.02, "\(threshold) instead of \(expected)")

    let plain = Self.fire({ $0.adaptiveFraction = 0 }, current: 0.1, steps: 8000).spikes
    let gaps = Set(zip(plain.dropFirst(), plain).map { $0 - $1 })
    #expect(gaps.max()! - gaps.min()! <= 1)
  }

  @Test(arguments: [0, 1, 5]) func refractorySteps(_ steps: Int) {
    let run = Self.fire(
      { ($0.adaptiveFraction, $0.refractory) = (0, steps) }, current: 10, steps: 200)
    #expect(run.spikes == Array(stride(from: 0, to: 200, by: steps + 1)))
  }

  /// The released code sees a spike's cause a step later.
  @Test func previousMembraneIsOneStepLate() {
    let options: (inout LSNN) -> Void = { $0.adaptiveFraction = 0 }
    let new = Self.fire(options, current: 0.012, steps: 300).spikes
    let previous = Self.fire(
      {
        options(&$0)
        $0.spikeSource = .previousMembrane
      }, current: 0.012, steps: 300
    ).spikes
    #expect(previous[0] == new[0] + 1)
  }

  /// 80·220 + 220² + 220·10 + 10 of sequential MNIST, with 100 of 220 neurons adaptive; store–recall
  /// has no biases.
  @Test func publishedSizes() {
    var network = RecurrentNetwork()
    network.cell = CellChoice("lsnn")
    (network.sizes, network.hidden, network.feedback) = ([220], [], false)
    network.filterDecay = 0.951229
    func count(_ network: RecurrentNetwork, inputs: Int, outputs: Int) -> Int {
      network.program(
        observationSize: inputs, actionSize: 1, heads: [Head("logits", size: outputs)]
      ).parameterCount
    }
    #expect(count(network, inputs: 80, outputs: 10) == 68_210)
    network.sizes = [700]
    #expect(count(network, inputs: 80, outputs: 10) == 553_010)
    (network.sizes, network.headBias) = ([20], false)
    #expect(count(network, inputs: 100, outputs: 2) == 100 * 20 + 20 * 20 + 20 * 2)
    var cell = LSNN()
    (cell.size, cell.adaptiveFraction) = (220, 0.4545)
    #expect(cell.adaptiveCount == 100)
    // Weights of the published language model: three layers and the embedding, without biases and
    // thresholds.
    let layers = [(750, 1350), (1350, 1350), (1350, 750)]
    let weights = layers.reduce(0) { sum, layer in
      var egru = EGRU()
      egru.size = layer.1
      let program = CellTests.program(of: [egru], inputSize: layer.0)
      return sum + program.parameters.filter { !$0.isVector }.reduce(0) { $0 + $1.count }
    }
    #expect(weights + 10_000 * 750 == 31_665_000)
  }

  @Test func thresholdsBeginWithTheirMean() {
    for mean in [0.01, 0.3, 0.6] as [Float] {
      var cell = EGRU()
      (cell.size, cell.thresholdMean) = (400, mean)
      let store = ParameterStore(
        CellTests.program(of: [cell], inputSize: 1).parameters, key: RandomKey(seed: 1))
      let values = store.values(of: "cell0/threshold")
      #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 })
      #expect(abs(values.reduce(0, +) / 400 - mean) < 0.04)
    }
  }

  @Test(arguments: [false, true]) func thresholdsAreLearnedOnRequest(_ learns: Bool) {
    var cell = EGRU()
    (cell.size, cell.learnsThreshold) = (5, learns)
    let store = ParameterStore(
      CellTests.program(of: [cell], inputSize: 2).parameters, key: RandomKey(seed: 1))
    let names = ["cell0/threshold", "cell0/input", "cell0/recurrentBias"]
    let before = names.map { store.values(of: $0) }
    let gradient = [Float](repeating: 1, count: store.layout.count)
    Optimizer(.momentum(), count: store.layout.count).update(
      store, gradient: gradient, learningRate: 1e-3)
    let changed = zip(names, before).map { store.values(of: $0) != $1 }
    #expect(changed == [learns, true, true])
  }

  @Test func filterIsALowPass() {
    var network = RecurrentNetwork()
    (network.sizes, network.hidden, network.feedback) = ([], [], false)
    (network.filterDecay, network.headBias) = (0.9, false)
    let program = network.program(
      observationSize: 1, actionSize: 1, heads: [Head("y", size: 1)])
    let run = ReferenceExecutor(program).forward(
      [[[1], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]], steps: 3, rows: 1, parameters: [[2]])
    for step in 0..<3 {
      #expect(abs(run.outputs[0][step][0] - 2 * 0.1 * pow(0.9, Double(step))) < 1e-6)
    }
  }
}
