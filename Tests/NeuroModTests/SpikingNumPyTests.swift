import Autodiff
import Configuration
import Foundation
import NeuroMod
import Tensor
import Testing

/// Sequences of LSNN and EGRU with their derivatives by hand-written adjoint equations, in double
/// precision; made by `Tests/Fixtures/spiking/generate.py`.
struct SpikingSequences: Decodable {
  struct Sequence: Decodable {
    let name: String
    let options: [String: Option]
    let size: Int
    let parameters: [String: PyTorchLayer.Tensor]
    let input: [[Double]]
    let weighting: [[Double]]
    let output: [[Double]]
    let gradients: [String: PyTorchLayer.Tensor]

    /// The cell with the options of the script.
    func cell() throws -> any Cell {
      let members = options.sorted { $0.key < $1.key }.map { JSONValue.Member($0, $1.json) }
      return try CellChoice(
        json: .object([.init("name", .string(name))] + members), at: .root
      ).cell(size: size)
    }
  }

  /// A number or a name.
  enum Option: Decodable {
    case number(Double)
    case name(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      self =
        try (try? .number(container.decode(Double.self))) ?? .name(container.decode(String.self))
    }

    var json: JSONValue {
      switch self {
      case .number(let number) where number == number.rounded(): .number(Int(number))
      case .number(let number): .number(number)
      case .name(let name): .string(name)
      }
    }
  }

  let rows: Int
  let steps: Int
  let cells: [String: Sequence]

  static func load() throws -> Self {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/spiking/cells.json").standardized
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
  }
}

@Suite struct SpikingNumPyTests {
  @Test(arguments: ["lsnn", "lsnnPreviousMembrane", "egru", "egruPaper"])
  func agrees(_ name: String) throws {
    let numbers = try SpikingSequences.load()
    let sequence = try #require(numbers.cells[name])
    let program = CellTests.program(of: [try sequence.cell()], inputSize: 4)
    let values = try program.parameters.map { parameter in
      let name = String(parameter.name.dropFirst("cell0/".count))
      return try #require(sequence.parameters[name], "\(name)").rows.flatMap { $0 }
    }
    let reference = ReferenceExecutor(program, objectives: ["y"])
    let run = reference.forward(
      [sequence.input], steps: numbers.steps, rows: numbers.rows, parameters: values)
    let y = program.output("y")
    for step in 0..<numbers.steps {
      #expect(distance(run.outputs[y][step], sequence.output[step]) < 1e-12, "step \(step)")
    }
    let gradients = reference.gradients(
      run, cotangents: [sequence.weighting], parameters: values)
    for (parameter, gradient) in zip(program.parameters, gradients.parameters) {
      let exact = try #require(
        sequence.gradients[String(parameter.name.dropFirst("cell0/".count))])
      #expect(distance(gradient, exact.rows.flatMap { $0 }) < 1e-11, "\(parameter.name)")
    }

    let store = ParameterStore(program.parameters, key: RandomKey(seed: 0))
    store.assign(values.flatMap { $0.map { Float($0) } })
    let executor = Executor(
      program, parameters: store, rows: [numbers.rows], steps: numbers.steps, objectives: ["y"])
    executor.prepare()
    let shard = executor.shards[0]
    for (index, x) in sequence.input.joined().enumerated() { shard.input("x")[index] = Float(x) }
    shard.forward(0..<numbers.steps)
    let count = numbers.rows * sequence.size
    for step in 0..<numbers.steps {
      let fast = (0..<count).map { Double(shard.output("y", step: step)[$0]) }
      #expect(distance(fast, sequence.output[step]) < 1e-6, "step \(step)")
      for i in 0..<count {
        shard.cotangent("y")[step * count + i] = Float(sequence.weighting[step][i])
      }
    }
    shard.backward(numbers.steps)
    for (index, parameter) in program.parameters.enumerated() {
      let fast = (0..<parameter.count).map {
        Double(shard.gradient[store.layout.offsets[index] + $0])
      }
      let exact = try #require(
        sequence.gradients[String(parameter.name.dropFirst("cell0/".count))]
      ).rows.flatMap { $0 }
      let scale = exact.map(abs).max() ?? 1
      #expect(distance(fast, exact) < 1e-5 * scale, "\(parameter.name)")
    }
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }
}
