import Glibc
import NeuroMod
import Tensor
import Testing

@Suite struct SpikingTests {
  @Test func trainRemembersItsSteps() {
    let train = SpikeTrain(count: 5, memory: 2)
    train.append(3)
    train.append(1)
    #expect(Array(train.spikes(ago: 0)) == [3, 1])
    train.endStep()
    train.append(4)
    #expect(Array(train.spikes(ago: 0)) == [4])
    #expect(Array(train.spikes(ago: 1)) == [3, 1])
    train.endStep()
    #expect(train.spikes(ago: 0).isEmpty)
    #expect(Array(train.spikes(ago: 2)) == [3, 1])
    train.endStep()
    #expect(Array(train.spikes(ago: 2)) == [4])
  }

  /// Rates and the variance of counts are those of independent Bernoulli draws.
  @Test func sourcesArePoisson() {
    let rates: [Float] = [0, 2, 10, 60, 500]
    let sources = PoissonSources(count: 5, key: RandomKey(seed: 1))
    sources.set(rates, at: 0)
    let train = SpikeTrain(count: 5, memory: 1)
    var counts = Array(repeating: 0, count: 5)
    let steps = 400_000
    for step in 0..<steps {
      sources.fire(at: step, into: train)
      for neuron in train.spikes(ago: 0) { counts[Int(neuron)] += 1 }
      train.endStep()
    }
    for (rate, count) in zip(rates, counts) {
      let p = 1 - exp(-Double(rate) * 1e-3)
      let expected = p * Double(steps)
      #expect(abs(Double(count) - expected) <= 4 * (expected * (1 - p)).squareRoot(), "\(rate)")
    }
  }

  /// Many sources, gaps longer than any table of steps, restored in between: the spikes of a list of next
  /// spikes that is looked through in every step.
  @Test func spikesAreThoseOfAPlainList() throws {
    let rates = (0..<200).map { Float($0 % 7) * 3 + ($0 == 130 ? 2000 : 0.2) }
    let key = RandomKey(seed: 4)
    var sources = PoissonSources(count: 200, key: key)
    sources.set(rates, at: 0)
    let train = SpikeTrain(count: 200, memory: 1)
    var stream = key.stream()
    func gap(_ source: Int) -> Int {
      Int(-log(1 - stream.uniformDouble()) / (Double(rates[source]) * 1e-3))
    }
    var next = (0..<200).map { gap($0) }
    var spikes = 0
    for step in 0..<5000 {
      if step == 2345 {
        var archive = Archive()
        try sources.save(into: &archive, prefix: "now")
        sources = PoissonSources(count: 200, key: RandomKey(seed: 5))
        try sources.restore(from: archive, prefix: "now")
      }
      sources.fire(at: step, into: train)
      var expected: [Int32] = []
      for source in next.indices where next[source] == step {
        expected.append(Int32(source))
        next[source] = step + 1 + gap(source)
      }
      #expect(Array(train.spikes(ago: 0)) == expected)
      spikes += expected.count
      train.endStep()
    }
    #expect(spikes > 10_000)
  }

  /// A new rate counts from the next step on, and does not disturb the others.
  @Test func ratesChangeAtOnce() {
    func spikes(changing: Bool) -> [[Int32]] {
      let sources = PoissonSources(count: 2, key: RandomKey(seed: 2))
      let train = SpikeTrain(count: 2, memory: 1)
      sources.set([0, 0], at: 0)
      return (0..<200).map { step in
        if step == 100 && changing { sources.set([1e6, 0], at: step) }
        sources.fire(at: step, into: train)
        defer { train.endStep() }
        return Array(train.spikes(ago: 0))
      }
    }
    #expect(spikes(changing: false).allSatisfy { $0.isEmpty })
    let changed = spikes(changing: true)
    #expect(changed[..<100].allSatisfy { $0.isEmpty })
    #expect(changed[100...].allSatisfy { $0 == [0] })
  }

  @Test func filterGivesRatesInHertz() {
    var filter = RateFilter(count: 2, time: 200)
    let train = SpikeTrain(count: 2, memory: 1)
    var sum: Float = 0
    for step in 0..<4000 {
      if step % 25 == 0 { train.append(1) }
      filter.advance()
      for neuron in train.spikes(ago: 0) { filter.fire(Int(neuron)) }
      train.endStep()
      if step >= 2000 { sum += filter.rates[1] }
    }
    #expect(filter.rates[0] == 0)
    #expect(abs(sum / 2000 - 40) < 0.2)
    let before = filter.rates[1]
    for _ in 0..<200 { filter.advance() }
    #expect(abs(filter.rates[1] - before * exp(-1)) < 1e-3)
  }
}
