import Autodiff
import Configuration
import Foundation
import NeuroMod
import Tensor
import Testing

/// How parameters of cells begin.
@Suite struct InitializationTests {
  func store(_ json: String, inputSize: Int = 5, size: Int = 200) throws -> ParameterStore {
    let cell = try CellCase(json: json).cell(size: size)
    return ParameterStore(
      CellTests.program(of: [cell], inputSize: inputSize).parameters, key: RandomKey(seed: 3))
  }

  /// Every gate has an orthogonal matrix of its own.
  @Test(arguments: [
    (#"{"name": "nbrc"}"#, "recurrentGates", 2),
    (
      #"{"name": "gru", "recurrentWeights": {"distribution": "orthogonal", "scale": 1}}"#,
      "recurrentGates", 2
    ),
    (
      #"{"name": "lstm", "recurrentWeights": {"distribution": "orthogonal", "scale": 1}}"#,
      "recurrent", 4
    ),
  ])
  func gatesAreOrthogonalOneByOne(_ json: String, _ name: String, _ gates: Int) throws {
    let size = 6
    let w = try store(json, size: size).values(of: "cell0/" + name).map(Double.init)
    for gate in 0..<gates {
      for a in 0..<size {
        for b in 0..<size {
          let overlap = (0..<size).reduce(0.0) { sum, i in
            sum + w[a * gates * size + gate * size + i] * w[b * gates * size + gate * size + i]
          }
          #expect(abs(overlap - (a == b ? 1 : 0)) < 1e-6)
        }
      }
    }
  }

  /// The bound of one gate, not of all gates together.
  @Test func glorotBoundsAreThoseOfAGate() throws {
    let w = try store(#"{"name": "brc"}"#, inputSize: 40).values(of: "cell0/inputGates")
    let bound = (6 / Float(240)).squareRoot()
    #expect(w.allSatisfy { abs($0) <= bound } && w.contains { abs($0) > 0.99 * bound })
  }

  /// All of an LSTM within ± 1 / √units, as PyTorch begins it.
  @Test func uniformLSTM() throws {
    let scheme = #"{"distribution": "uniformByUnits", "scale": 1}"#
    let store = try store(
      #"""
      {"name": "lstm", "weights": \#(scheme), "recurrentWeights": \#(scheme),
       "recurrentBias": true, "gateBiases": {"scheme": "uniform"}}
      """#)
    let bound = 1 / Float(200).squareRoot()
    #expect(store.array.allSatisfy { abs($0) <= bound })
    for name in ["input", "recurrent", "bias", "recurrentBias"] {
      #expect(store.values(of: "cell0/" + name).contains { abs($0) > 0.98 * bound }, "\(name)")
    }
  }

  /// Forget gates at log u, input gates at −log u with the same u, the others at zero.
  @Test func chronoLSTM() throws {
    let json = #"{"name": "lstm", "gateBiases": {"scheme": "chrono", "longestMemory": 90}}"#
    let bias = try store(json).values(of: "cell0/bias")
    let forget = Array(bias[200..<400])
    #expect(Array(bias[..<200]) == forget.map { -$0 })
    #expect(bias[400...].allSatisfy { $0 == 0 })
    let times = forget.map { exp(Double($0)) }
    #expect(times.allSatisfy { $0 > 0.9999 && $0 < 89.001 })
    #expect(abs(times.reduce(0, +) / 200 - 45) < 6)
  }

  /// Doubled, as in the study of warm-up: the second bias has draws of its own.
  @Test func doubledChronoLSTM() throws {
    let json = #"{"name": "lstm", "recurrentBias": true, "gateBiases": {"scheme": "chrono"}}"#
    let store = try store(json)
    let (first, second) = (
      store.values(of: "cell0/bias"), store.values(of: "cell0/recurrentBias")
    )
    #expect(first != second)
    #expect(second[200..<400].allSatisfy { $0 >= 0 && $0 < 6.4 })
    // With constants the second bias begins at zero, or the forget gate's would count twice.
    let constants = try self.store(#"{"name": "lstm", "recurrentBias": true}"#)
    #expect(constants.values(of: "cell0/recurrentBias").allSatisfy { $0 == 0 })
    #expect(constants.values(of: "cell0/bias")[200..<400].allSatisfy { $0 == 1 })
  }

  /// Gates that keep begin above zero, gates that write below.
  @Test func chronoOfOtherCells() throws {
    func biases(_ cell: String, _ name: String) throws -> [Float] {
      try store(#"{"name": "\#(cell)", "gateBiases": {"scheme": "chrono"}}"#)
        .values(of: "cell0/" + name)
    }
    for (cell, kept) in [("gru", 0..<200), ("brc", 200..<400), ("nbrc", 200..<400)] {
      let bias = try biases(cell, "gateBias")
      for (index, b) in bias.enumerated() {
        #expect(kept.contains(index) ? b >= 0 : b == 0, "\(cell)")
      }
      #expect(bias.contains { $0 > 4 })
    }
    let forget = try biases("mgu", "biasGate")
    #expect(forget.allSatisfy { $0 <= 0 } && forget.contains { $0 < -4 })
  }

  /// Feedback that differs from unit to unit is drawn once and not learned.
  @Test func noisyFeedback() throws {
    let store = try store(#"{"name": "src", "feedbackNoise": 0.05}"#, size: 2000)
    let noise = store.values(of: "cell0/fastFeedback").map(Double.init)
    let deviation = (noise.reduce(0) { $0 + $1 * $1 } / 2000).squareRoot()
    #expect(abs(deviation - 0.05) < 0.003)
    #expect(noise != store.values(of: "cell0/slowFeedback").map(Double.init))
    let fixed = store.layout.parameters.filter { !$0.isLearned }.map(\.name)
    #expect(fixed == ["cell0/fastFeedback", "cell0/slowFeedback"])
  }
}
