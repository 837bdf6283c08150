import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// What `nn.GRU` and `nn.LSTM` compute, in double precision; made by
/// `Tests/Fixtures/pytorch/generate.py`.
struct PyTorchLayer: Decodable {
  /// A matrix, or a vector as a matrix of one row.
  struct Tensor: Decodable {
    let rows: [[Double]]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      rows = try (try? container.decode([[Double]].self)) ?? [container.decode([Double].self)]
    }
  }

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

  static func load(_ name: String) throws -> Self {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/pytorch/recurrent.json").standardized
    let layers = try JSONDecoder().decode([String: Self].self, from: Data(contentsOf: file))
    return try #require(layers[name])
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
}

@Suite struct PyTorchTests {
  /// Runs `cell` with `parameters` by name in both executors and compares outputs and derivatives
  /// with PyTorch's; `gradients` are its derivatives by the same names.
  private func compare(
    _ cell: any Cell, _ layer: PyTorchLayer, parameters: [String: [Double]],
    gradients: [String: [Double]]
  ) throws {
    let program = CellTests.program(of: [cell], inputSize: layer.inputSize)
    let values = try program.parameters.map { parameter in
      let values = try #require(parameters[parameter.name], "no numbers for \(parameter.name)")
      #expect(values.count == parameter.count)
      return values
    }
    #expect(parameters.count == values.count)

    let reference = ReferenceExecutor(program, objectives: ["y"], inputGradients: ["x"])
    let run = reference.forward(
      [layer.input], steps: layer.steps, rows: layer.rows, parameters: values,
      initialStates: layer.initial)
    let derivatives = reference.gradients(run, cotangents: [layer.weighting], parameters: values)
    #expect(distance(run.outputs[0].flatMap { $0 }, layer.output.flatMap { $0 }) < 1e-13)
    for (parameter, gradient) in zip(program.parameters, derivatives.parameters) {
      let exact = try #require(gradients[parameter.name])
      #expect(distance(gradient, exact) < 1e-12, "\(parameter.name)")
    }
    #expect(
      distance(derivatives.states.flatMap { $0 }, layer.initialGradient.flatMap { $0 }) < 1e-13)
    #expect(
      distance(derivatives.inputs[0].flatMap { $0 }, layer.inputGradient.flatMap { $0 }) < 1e-13)

    let store = ParameterStore(program.parameters, key: RandomKey(seed: 0))
    store.assign(values.flatMap { $0.map { Float($0) } })
    let executor = Executor(
      program, parameters: store, rows: [layer.rows], steps: layer.steps, objectives: ["y"])
    executor.prepare()
    let shard = executor.shards[0]
    for (index, x) in layer.input.joined().enumerated() { shard.input("x")[index] = Float(x) }
    for (index, state) in layer.initial.enumerated() {
      for (place, x) in state.enumerated() { shard.state(index)[place] = Float(x) }
    }
    shard.forward(0..<layer.steps)
    let count = layer.rows * layer.size
    for step in 0..<layer.steps {
      let fast = (0..<count).map { Double(shard.output("y", step: step)[$0]) }
      #expect(distance(fast, layer.output[step]) < 5e-7)
      for i in 0..<count {
        shard.cotangent("y")[step * count + i] = Float(layer.weighting[step][i])
      }
    }
    shard.backward(layer.steps)
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

  /// PyTorch: r, z, n with h' = (1 − z) ⊙ n + z ⊙ h; MetaRL has z before r.
  @Test func gru() throws {
    let layer = try PyTorchLayer.load("gru")
    func named(_ tensors: [String: PyTorchLayer.Tensor], gateBias: [Double]) throws
      -> [String: [Double]]
    {
      [
        "cell0/inputGates": try layer.gates([1, 0], "weight_ih_l0", of: tensors),
        "cell0/recurrentGates": try layer.gates([1, 0], "weight_hh_l0", of: tensors),
        "cell0/gateBias": gateBias,
        "cell0/inputCandidate": try layer.gates([2], "weight_ih_l0", of: tensors),
        "cell0/candidateBias": try layer.bias([2], "bias_ih_l0", of: tensors),
        "cell0/recurrentCandidate": try layer.gates([2], "weight_hh_l0", of: tensors),
        "cell0/recurrentBias": try layer.bias([2], "bias_hh_l0", of: tensors),
      ]
    }
    try compare(
      GRU(size: layer.size, reset: .after, candidateBias: true, recurrentBias: true), layer,
      parameters: named(layer.parameters, gateBias: layer.biasSum([1, 0])),
      gradients: named(
        layer.gradients, gateBias: layer.bias([1, 0], "bias_ih_l0", of: layer.gradients)))
  }

  /// PyTorch: i, f, g, o; MetaRL has the output gate before the candidate.
  @Test func lstm() throws {
    let layer = try PyTorchLayer.load("lstm")
    func named(
      _ tensors: [String: PyTorchLayer.Tensor], bias: (Int) throws -> [Double]
    ) throws -> [String: [Double]] {
      [
        "cell0/input": try layer.gates([0, 1, 3, 2], "weight_ih_l0", of: tensors),
        "cell0/recurrent": try layer.gates([0, 1, 3, 2], "weight_hh_l0", of: tensors),
        "cell0/inputBias": try bias(0), "cell0/forgetBias": try bias(1),
        "cell0/outputBias": try bias(3), "cell0/cellBias": try bias(2),
      ]
    }
    var cell = LSTM()
    cell.size = layer.size
    try compare(
      cell, layer, parameters: named(layer.parameters) { try layer.biasSum([$0]) },
      gradients: named(layer.gradients) {
        try layer.bias([$0], "bias_ih_l0", of: layer.gradients)
      })
  }
}
