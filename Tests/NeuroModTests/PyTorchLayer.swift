import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// Numbers that `Tests/Fixtures/pytorch/generate.py` has written.
enum PyTorch {
  static func load<Value: Decodable>(_ type: Value.Type, from file: String) throws -> Value {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/pytorch/\(file).json").standardized
    return try JSONDecoder().decode(type, from: Data(contentsOf: path))
  }
}

/// What a layer computes in PyTorch, in double precision; made by `Tests/Fixtures/pytorch/generate.py`.
struct PyTorchLayer: Decodable {
  /// A matrix, or a vector as a matrix of one row.
  struct Tensor: Decodable {
    let rows: [[Double]]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      rows = try (try? container.decode([[Double]].self)) ?? [container.decode([Double].self)]
    }
  }

  /// The cell with its options, where parameters are named and laid out as in MetaRL.
  let cell: String?
  let rows: Int
  let steps: Int
  let inputSize: Int
  let size: Int
  let parameters: [String: Tensor]
  let input: [[Double]]
  let initial: [[Double]]
  let weighting: [[Double]]
  let output: [[Double]]
  let gradients: [String: Tensor]
  let inputGradient: [[Double]]
  let initialGradient: [[Double]]

  static func load(_ name: String, from file: String = "recurrent") throws -> Self {
    try #require(PyTorch.load([String: Self].self, from: file)[name])
  }

  /// The matrix of gates number `gates` as MetaRL has it: an input a row, one gate beside the other.
  /// PyTorch has an output a row, one gate below the other.
  func gates(_ gates: [Int], _ name: String, of tensors: [String: Tensor]) throws -> [Double] {
    let matrix = try #require(tensors[name]).rows
    return (0..<matrix[0].count).flatMap { column in
      gates.flatMap { gate in (0..<size).map { matrix[gate * size + $0][column] } }
    }
  }

  /// The same of a bias.
  func bias(_ gates: [Int], _ name: String, of tensors: [String: Tensor]) throws -> [Double] {
    let vector = try #require(tensors[name]).rows[0]
    return gates.flatMap { vector[$0 * size..<($0 + 1) * size] }
  }

  /// PyTorch adds two biases where MetaRL has one.
  func biasSum(_ gates: [Int]) throws -> [Double] {
    zip(
      try bias(gates, "bias_ih_l0", of: parameters), try bias(gates, "bias_hh_l0", of: parameters)
    ).map(+)
  }

  /// Runs `cell` with `parameters` by name in both executors and compares outputs and derivatives
  /// with PyTorch's; `gradients` are its derivatives by the same names.
  func compare(
    _ cell: any Cell, parameters: [String: [Double]],
    gradients: [String: [Double]]
  ) throws {
    let program = CellTests.program(of: [cell], inputSize: inputSize)
    let values = try program.parameters.map { parameter in
      let values = try #require(parameters[parameter.name], "no numbers for \(parameter.name)")
      #expect(values.count == parameter.count)
      return values
    }
    #expect(parameters.count == values.count)

    let reference = ReferenceExecutor(program, objectives: ["y"], inputGradients: ["x"])
    let run = reference.forward(
      [input], steps: steps, rows: rows, parameters: values,
      initialStates: initial)
    let derivatives = reference.gradients(run, cotangents: [weighting], parameters: values)
    let scale = max(1, output.joined().map(abs).max() ?? 0)
    #expect(distance(run.outputs[0].flatMap { $0 }, output.flatMap { $0 }) < 1e-13 * scale)
    for (parameter, gradient) in zip(program.parameters, derivatives.parameters) {
      let exact = try #require(gradients[parameter.name])
      #expect(distance(gradient, exact) < 1e-12, "\(parameter.name)")
    }
    #expect(
      distance(derivatives.states.flatMap { $0 }, initialGradient.flatMap { $0 }) < 1e-13)
    #expect(
      distance(derivatives.inputs[0].flatMap { $0 }, inputGradient.flatMap { $0 }) < 1e-13)

    let store = ParameterStore(program.parameters, key: RandomKey(seed: 0))
    store.assign(values.flatMap { $0.map { Float($0) } })
    let executor = Executor(
      program, parameters: store, rows: [rows], steps: steps, objectives: ["y"])
    executor.prepare()
    let shard = executor.shards[0]
    for (index, x) in input.joined().enumerated() { shard.input("x")[index] = Float(x) }
    for (index, state) in initial.enumerated() {
      for (place, x) in state.enumerated() { shard.state(index)[place] = Float(x) }
    }
    shard.forward(0..<steps)
    let count = rows * size
    for step in 0..<steps {
      let fast = (0..<count).map { Double(shard.output("y", step: step)[$0]) }
      #expect(distance(fast, output[step]) < 5e-7 * scale)
      for i in 0..<count {
        shard.cotangent("y")[step * count + i] = Float(weighting[step][i])
      }
    }
    shard.backward(steps)
    for (index, parameter) in program.parameters.enumerated() {
      let offset = store.layout.offsets[index]
      let fast = (0..<parameter.count).map { Double(shard.gradient[offset + $0]) }
      let exact = try #require(gradients[parameter.name])
      #expect(distance(fast, exact) < 1e-5, "\(parameter.name)")
    }
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }
}
