import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// Where no derivative flows back through spikes and events, against counts by hand.
@Suite struct BackwardSparsityTests {
  /// The signal of a cell of one unit in every step.
  private static func silences(
    _ cell: some Cell, parameters: [String: [Float]], inputs: [Float]
  ) -> [Float] {
    let run = CellRun(cell, parameters: parameters)
    return inputs.map { x in
      run.step([x])
      return run.shard.output("cell0/" + CellOutput.backwardSparsity)[0]
    }
  }

  /// The equations of one unit without recurrent connections, step by step.
  @Test(arguments: [0.02, 0.1, 0.3] as [Double]) func egru(_ halfWidth: Double) {
    var cell = EGRU()
    (cell.size, cell.surrogate.halfWidth) = (1, Float(halfWidth))
    let (keep, candidate, threshold) = (0.5, 1.5, 0.25)
    var random = RandomKey(seed: 1).stream()
    let inputs = (0..<200).map { _ in random.uniform(-1, 1) }
    var (h, expected): (Double, [Float]) = (0, [])
    for x in inputs.map(Double.init) {
      let z = 1 / (1 + exp(-keep * x))
      let c = z * h + (1 - z) * tanh(candidate * x)
      expected.append(abs(c - threshold) >= halfWidth ? 1 : 0)
      h = c > threshold ? c - threshold : c
    }
    let found = Self.silences(
      cell,
      parameters: [
        "input": [Float(keep), 0, Float(candidate)], "recurrent": [0, 0, 0],
        "threshold": [Float(threshold)], "inputBias": [0, 0, 0], "recurrentBias": [0, 0, 0],
      ], inputs: inputs)
    #expect(found == expected)
    #expect(expected.contains(0) && expected.contains(1))
  }

  /// A neuron with a constant current: below half its threshold, near it, and refractory after a spike.
  @Test func lsnn() {
    var cell = LSNN()
    (cell.size, cell.adaptiveFraction, cell.refractory) = (1, 0, 3)
    (cell.threshold, cell.surrogate.halfWidth) = (0.01, 0.5)
    let (threshold, alpha, current) = (0.01, exp(-1.0 / 20), 0.013)
    var (v, blocked, spike, expected): (Double, Int, Bool, [Float]) = (0, 0, false, [])
    for _ in 0..<200 {
      v = alpha * v + (1 - alpha) * current - (spike ? threshold : 0)
      let isNear = abs(v - threshold) < 0.5 * threshold
      expected.append(isNear && blocked == 0 ? 0 : 1)
      spike = blocked == 0 && v > threshold
      blocked = spike ? 3 : max(blocked - 1, 0)
    }
    let found = Self.silences(
      cell, parameters: ["input": [Float(current)], "recurrent": [0]],
      inputs: Array(repeating: 1, count: 200))
    #expect(found == expected)
    #expect(expected.contains(0) && expected.contains(1))
  }

  /// A surrogate without an end is zero nowhere.
  @Test func surrogatesWithoutEnd() {
    var cell = EGRU()
    (cell.size, cell.surrogate) = (1, Surrogate(.fastSigmoid, height: 0.7, halfWidth: 1e-3))
    #expect(Self.silences(cell, parameters: [:], inputs: [-1, 0, 1]) == [0, 0, 0])
  }
}
