import Autodiff
import NeuroMod
import Tensor
import Testing

@Suite struct PyTorchTests {
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
    try layer.compare(
      GRU(size: layer.size, reset: .after, candidateBias: true, recurrentBias: true),
      parameters: named(layer.parameters, gateBias: layer.biasSum([1, 0])),
      gradients: named(
        layer.gradients, gateBias: layer.bias([1, 0], "bias_ih_l0", of: layer.gradients)))
  }

  /// PyTorch: i, f, g, o; MetaRL has the output gate before the candidate.
  @Test func lstm() throws {
    let layer = try PyTorchLayer.load("lstm")
    func named(_ tensors: [String: PyTorchLayer.Tensor], bias: [Double]) throws
      -> [String: [Double]]
    {
      [
        "cell0/input": try layer.gates([0, 1, 3, 2], "weight_ih_l0", of: tensors),
        "cell0/recurrent": try layer.gates([0, 1, 3, 2], "weight_hh_l0", of: tensors),
        "cell0/bias": bias,
      ]
    }
    var cell = LSTM()
    cell.size = layer.size
    try layer.compare(
      cell, parameters: named(layer.parameters, bias: layer.biasSum([0, 1, 3, 2])),
      gradients: named(
        layer.gradients, bias: layer.bias([0, 1, 3, 2], "bias_ih_l0", of: layer.gradients)))
  }

  /// PyTorch's LSTM with both its biases, as the cell has them with `recurrentBias`.
  @Test func lstmWithTwoBiases() throws {
    let layer = try PyTorchLayer.load("lstm")
    func named(_ tensors: [String: PyTorchLayer.Tensor]) throws -> [String: [Double]] {
      [
        "cell0/input": try layer.gates([0, 1, 3, 2], "weight_ih_l0", of: tensors),
        "cell0/recurrent": try layer.gates([0, 1, 3, 2], "weight_hh_l0", of: tensors),
        "cell0/bias": try layer.bias([0, 1, 3, 2], "bias_ih_l0", of: tensors),
        "cell0/recurrentBias": try layer.bias([0, 1, 3, 2], "bias_hh_l0", of: tensors),
      ]
    }
    var cell = LSTM()
    (cell.size, cell.recurrentBias) = (layer.size, true)
    try layer.compare(
      cell, parameters: named(layer.parameters), gradients: named(layer.gradients))
  }

  /// Cells written anew in PyTorch from their equations, with its automatic differentiation.
  @Test(arguments: [
    "brc", "nbrc", "mgu", "src newState", "src previousState", "bmru", "bmru cumulating", "lru",
    "lru equal widths",
  ])
  func equations(_ name: String) throws {
    let layer = try PyTorchLayer.load(name, from: "cells")
    func named(_ tensors: [String: PyTorchLayer.Tensor]) -> [String: [Double]] {
      .init(
        uniqueKeysWithValues: tensors.map { ("cell0/" + $0, $1.rows.flatMap { $0 }) })
    }
    try layer.compare(
      CellCase(json: #require(layer.cell)).cell(size: layer.size),
      parameters: named(layer.parameters), gradients: named(layer.gradients))
  }
}
