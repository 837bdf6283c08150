import NeuroMod
import Tensor
import Testing

/// The same bits after a stop, and with any number of threads.
@Suite struct SporeStorageTests {
  private static var recurrent: SporeNetworkOptions {
    var options = SporeNetworkOptions()
    (options.hidden, options.inhibitory, options.parallelSynapses) = (10, 5, 2)
    options.connectionProbability = 0.7
    options.neurons.current = 2
    options.neurons.adaptationSpeed = 0.1
    options.synapses.learningRate = 1e-5
    options.synapses.initialDeviation = 1
    options.delay = 3
    return options
  }

  private struct Stimulus {
    let sources: PoissonSources
    let network: SporeNetwork

    init(_ network: SporeNetwork, key: RandomKey) {
      self.network = network
      sources = PoissonSources(count: network.inputs.count, key: key / "sources")
      sources.set((0..<network.inputs.count).map { Float(5 + $0) }, at: 0)
    }

    func run(_ steps: Int) {
      for _ in 0..<steps {
        sources.fire(at: network.step, into: network.inputs)
        network.advance(reward: Float(network.step % 100) * 0.01)
      }
      network.finishBlock()
    }

    var archive: Archive {
      get throws {
        var archive = Archive()
        try network.save(into: &archive, prefix: "network")
        try sources.save(into: &archive, prefix: "stimulus")
        return archive
      }
    }
  }

  private func make(_ seed: UInt64) -> Stimulus {
    let key = RandomKey(seed: seed)
    return Stimulus(SporeNetwork(Self.recurrent, inputs: 20, outputs: 4, key: key), key: key)
  }

  @Test(arguments: [1, 100, 1037]) func continuesToTheBit(steps: Int) throws {
    let whole = make(1)
    whole.run(steps)
    let stored = try whole.archive
    whole.run(1500)
    let other = make(1)
    other.run(333)
    try other.network.restore(from: stored, prefix: "network")
    try other.sources.restore(from: stored, prefix: "stimulus")
    #expect(try other.archive == stored)
    other.run(1500)
    #expect(try other.archive == whole.archive)
  }

  @Test func anotherSeedGivesOtherBits() throws {
    let (a, b, c) = (make(1), make(1), make(2))
    for stimulus in [a, b, c] { stimulus.run(500) }
    #expect(try a.archive == b.archive)
    #expect(try a.archive != c.archive)
  }

  @Test func threadsDoNotMatter() throws {
    func run(_ pool: ThreadPool?) throws -> Archive {
      var options = SporeNetworkOptions()
      options.synapses.initialDeviation = 1
      options.neurons.current = 2
      let key = RandomKey(seed: 8)
      let network = SporeNetwork(options, inputs: 700, outputs: 100, pool: pool, key: key)
      let stimulus = Stimulus(network, key: key)
      stimulus.run(330)
      return try stimulus.archive
    }
    let alone = try run(nil)
    #expect(try run(ThreadPool(threads: 2)) == alone)
    #expect(try run(ThreadPool(threads: 3)) == alone)
  }

  @Test func anArchiveThatDoesNotFitIsRefused() throws {
    let stored = try make(1).archive
    let key = RandomKey(seed: 1)
    let other = SporeNetwork(Self.recurrent, inputs: 21, outputs: 4, key: key)
    #expect(throws: ArchiveError.self) { try other.restore(from: stored, prefix: "network") }
    #expect(throws: ArchiveError.self) { try other.restore(from: Archive(), prefix: "network") }
  }

  @Test func aCopyWithoutPlasticityKeepsItsWeights() {
    let stimulus = make(3)
    stimulus.run(700)
    let copy = SporeNetwork(
      Self.recurrent, inputs: 20, outputs: 4, learns: false, key: RandomKey(seed: 9))
    let equal = SporeNetwork(
      Self.recurrent, inputs: 20, outputs: 4, learns: false, key: RandomKey(seed: 3))
    equal.copyParameters(from: stimulus.network)
    func parameters(_ network: SporeNetwork) -> [[Double]] {
      network.synapses.map { $0.synapses.map(\.parameter) }
    }
    #expect(parameters(equal) == parameters(stimulus.network))
    #expect(parameters(copy) != parameters(stimulus.network))
    for _ in 0..<500 { equal.advance(reward: 5) }
    #expect(parameters(equal) == parameters(stimulus.network))
  }
}
