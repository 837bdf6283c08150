import Agents
import Autodiff
import Configuration
import Foundation
import NeuroMod
import Tensor
import Testing

/// Attractors of bistable cells at the beginning of a training, against NumPy;
/// `Tests/Fixtures/attractors/generate.py` made them.
@Suite struct NumPyAttractorTests {
  /// A network with all that leads to its VAA.
  private struct Example: Decodable {
    struct Variability: Decodable {
      /// The seed of the stream whose first number the constant input is.
      let seed: UInt64
      let constant: Float
      let vaa: Double
    }
    let cell: String
    let units: Int
    let weights: [String: [Float]]
    let sequences: [[Float]]
    let variability: [Variability]
  }

  /// The sequences of an example in their order, drawn without random numbers.
  private final class Sequences: TrajectorySource {
    private let example: Example
    private let network: RecurrentNetwork
    private var drawn = 0

    init(_ example: Example) throws {
      self.example = example
      var network = RecurrentNetwork()
      network.cell = try CellChoice(json: .string(example.cell), at: .root)
      (network.sizes, network.hidden) = ([example.units], [])
      self.network = network
    }

    var longest: Int { example.sequences.map(\.count).max() ?? 0 }

    func trace(in tracer: Tracer) {
      var input = NetworkInput(tracer.input("x", width: 1))
      input.isolatesLayers = true
      tracer.output("y", network.step(input, heads: [Head("y", size: 1)], in: tracer)[0])
    }

    func draw(using random: inout RandomStream) -> Trajectory {
      let index = drawn
      drawn += 1
      return Trajectory(index: index, length: example.sequences[index].count)
    }

    func write(_ trajectory: Trajectory, to shard: Shard, row: Int, from step: Int) {
      for (shown, number) in example.sequences[trajectory.index].enumerated() {
        shard.input("x", step: step + shown)[row] = number
      }
    }
  }

  @Test func variabilityIsThatOfNumPy() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/attractors/attractors.json").standardized
    let examples = try JSONDecoder().decode([Example].self, from: Data(contentsOf: path))
    for example in examples {
      for expected in example.variability {
        let source = try Sequences(example)
        let program = Program { source.trace(in: $0) }
        let store = ParameterStore(program.parameters, key: RandomKey(seed: 0))
        store.assign(
          program.parameters.flatMap { parameter in
            example.weights[String(parameter.name.dropFirst("recurrent0/".count))]
              ?? store.values(of: parameter.name)
          })
        for (name, values) in example.weights {
          #expect(store.values(of: "recurrent0/" + name) == values)
        }
        var random = RandomKey(seed: expected.seed).stream()
        var first = random
        #expect(first.normal() == expected.constant)
        let found = Relaxation(source, parameters: store, rows: [17, 15]).counted(
          after: 2000, distance: 1e-4, using: &random, pool: ThreadPool(threads: 1))
        // Attractors are counted, so rounding does not show.
        #expect(
          abs(found - expected.vaa) < 1e-9,
          "\(example.units) \(example.cell), input \(expected.constant): \(found), not \(expected.vaa)"
        )
      }
    }
  }
}
