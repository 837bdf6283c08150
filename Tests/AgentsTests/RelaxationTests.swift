import Agents
import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// Two layers of BRC, led by sequences and then left alone, against a computation in plain Double.
@Suite struct RelaxationTests {
  private static let sizes = [3, 2]
  private static let key = RandomKey(seed: 11)

  /// The sequences of the test, all different, of different lengths.
  private struct Sequences: TrajectorySource {
    let longest = 6

    func trace(in tracer: Tracer) {
      var network = RecurrentNetwork()
      (network.cell, network.sizes, network.hidden) = (CellChoice("brc", BRC()), sizes, [])
      var input = NetworkInput(tracer.input("x", width: 1))
      input.isolatesLayers = true
      tracer.output("y", network.step(input, heads: [Head("y", size: 1)], in: tracer)[0])
    }

    func draw(using random: inout RandomStream) -> Trajectory {
      let index = random.integer(below: 1 << 40)
      return Trajectory(index: index, length: 1 + index % longest)
    }

    static func numbers(_ trajectory: Trajectory) -> [Float] {
      var random = (key / trajectory.index).stream()
      return (0..<trajectory.length).map { _ in random.normal() }
    }

    func write(_ trajectory: Trajectory, to shard: Shard, row: Int, from step: Int) {
      for (shown, number) in Self.numbers(trajectory).enumerated() {
        shard.input("x", step: step + shown)[row] = number
      }
    }
  }

  // MARK: The same in Double

  /// The parameters of the network by name.
  private typealias Parameters = [String: [Double]]

  /// One step of one layer, straight from the equations.
  private static func step(_ p: Parameters, _ layer: Int, _ x: [Double], _ h: [Double]) -> [Double]
  {
    let n = h.count
    func parameter(_ name: String) -> [Double] { p["recurrent\(layer)/\(name)"]! }
    func product(_ matrix: [Double], _ columns: Int, _ column: Int) -> Double {
      x.indices.reduce(0) { $0 + x[$1] * matrix[$1 * columns + column] }
    }
    let (gates, own) = (parameter("inputGates"), parameter("recurrentGates"))
    let (bias, candidate) = (parameter("gateBias"), parameter("inputCandidate"))
    return (0..<n).map { j in
      let a = 1 + tanh(product(gates, 2 * n, j) + own[j] * h[j] + bias[j])
      let c = 1 / (1 + exp(-product(gates, 2 * n, n + j) - own[n + j] * h[j] - bias[n + j]))
      return c * h[j] + (1 - c) * tanh(product(candidate, n, j) + a * h[j])
    }
  }

  private static func afterSequence(_ p: Parameters, _ trajectory: Trajectory) -> [[Double]] {
    var h = sizes.map { [Double](repeating: 0, count: $0) }
    for x in Sequences.numbers(trajectory) {
      h[0] = step(p, 0, [Double(x)], h[0])
      h[1] = step(p, 1, h[0], h[1])
    }
    return h
  }

  private static func normal(_ count: Int, _ random: inout RandomStream) -> [Double] {
    (0..<count).map { _ in Double(random.normal()) }
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  /// Σ over layers of (VAA* − 0.95)², the layers alone under inputs of their own.
  private static func loss(
    _ p: Parameters, rows: Int, steps: Int, epsilon: Double, _ key: RandomKey
  ) -> Double {
    var random = key.stream()
    let trajectories = (0..<rows).map { _ in Sequences().draw(using: &random) }
    let constants = [normal(1, &random), normal(sizes[0], &random)]
    var loss = 0.0
    for layer in sizes.indices {
      let ends = trajectories.map { trajectory in
        var h = afterSequence(p, trajectory)[layer]
        for _ in 0..<steps { h = step(p, layer, constants[layer], h) }
        return h.map { tanh($0) }
      }
      let variability = ends.reduce(0.0) { sum, end in
        sum + 1
          / ends.reduce(0.0) { sum, other in
            let d = distance(end, other)
            return sum + 1 - max(d - epsilon, 0) / (d + 1e-6)
          }
      }
      loss += pow(variability / Double(rows) - 0.95, 2)
    }
    return loss
  }

  // MARK: Tests

  private let source = Sequences()
  private let store: ParameterStore
  private let pool = ThreadPool(threads: 1)

  init() {
    let program = Program { Sequences().trace(in: $0) }
    store = ParameterStore(program.parameters, key: RandomKey(seed: 3))
  }

  private func parameters() -> Parameters {
    Dictionary(
      uniqueKeysWithValues: store.layout.parameters.map {
        ($0.name, store.values(of: $0.name).map(Double.init))
      })
  }

  @Test func gradientThroughConstantInputAndSequences() throws {
    let (rows, steps, epsilon) = (7, 5, 0.05)
    let key = RandomKey(seed: 4)
    let relaxation = Relaxation(
      source, parameters: store, rows: [4, 3], relaxationSteps: steps)
    var random = key.stream()
    let values = relaxation.smooth(after: steps, distance: epsilon, using: &random, pool: pool)
    let analytic = relaxation.gradient(values.map { 2 * ($0 - 0.95) }, pool: pool)
    let p = parameters()
    let expected = Self.loss(p, rows: rows, steps: steps, epsilon: epsilon, key)
    #expect(abs(values.reduce(0) { $0 + pow($1 - 0.95, 2) } - expected) < 1e-4)

    var (difference, size) = (0.0, 0.0)
    for (parameter, offset) in zip(store.layout.parameters, store.layout.offsets) {
      for index in 0..<parameter.count {
        func moved(_ step: Double) -> Double {
          var changed = p
          changed[parameter.name]![index] += step
          return Self.loss(changed, rows: rows, steps: steps, epsilon: epsilon, key)
        }
        let numeric = parameter.name.hasPrefix("y/") ? 0 : (moved(1e-5) - moved(-1e-5)) / 2e-5
        difference += pow(numeric - Double(analytic[offset + index]), 2)
        size += numeric * numeric
      }
    }
    #expect(size > 1e-6)
    #expect(difference.squareRoot() < 1e-3 * size.squareRoot())
  }

  @Test func countedAttractorsOfTheWholeNetwork() {
    let (rows, steps) = (10, 300)
    for seed in 0..<6 as Range<UInt64> {
      let relaxation = Relaxation(source, parameters: store, rows: [5, 5])
      var random = RandomKey(seed: seed).stream()
      let counted = relaxation.counted(after: steps, distance: 0.01, using: &random, pool: pool)

      var replayed = RandomKey(seed: seed).stream()
      let trajectories = (0..<rows).map { _ in source.draw(using: &replayed) }
      let constant = Self.normal(1, &replayed)
      let p = parameters()
      let ends = trajectories.map { trajectory in
        var h = Self.afterSequence(p, trajectory)
        for _ in 0..<steps {
          h[0] = Self.step(p, 0, constant, h[0])
          h[1] = Self.step(p, 1, h[0], h[1])
        }
        return h.flatMap { $0 }
      }
      let expected = ends.reduce(0.0) { sum, end in
        sum + 1 / Double(ends.filter { Self.distance(end, $0) < 0.01 }.count * rows)
      }
      #expect(abs(counted - expected) < 1e-9)
    }
  }

  @Test func threadsChangeNothing() {
    func gradient(threads: Int) -> [Float] {
      let pool = ThreadPool(threads: threads)
      let relaxation = Relaxation(
        source, parameters: store, rows: [4, 4, 3], relaxationSteps: 9)
      var random = Self.key.stream()
      let values = relaxation.smooth(after: 9, distance: 1e-4, using: &random, pool: pool)
      let gradient = relaxation.gradient(values, pool: pool)
      return (0..<store.layout.count).map { gradient[$0] }
    }
    #expect(gradient(threads: 1) == gradient(threads: 3))
  }
}
