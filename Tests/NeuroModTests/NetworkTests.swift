import Autodiff
import Configuration
import NeuroMod
import Tensor
import Testing

/// An NMD net in one of its variants, small enough for differences.
struct NMDCase: Sendable, CustomTestStringConvertible {
  let form: ModulatedLayer.Form
  let hiddenUsesPreviousZ: Bool
  let activation: Activation
  let hidden: [Int]

  var testDescription: String {
    "\(form), \(activation), hidden \(hidden)\(hiddenUsesPreviousZ ? ", previous z" : "")"
  }

  var network: NMDNetwork {
    var network = NMDNetwork()
    network.sizes = hidden.count == 4 ? [6, 5] : [7]
    network.modulationSize = 5
    network.modulation = form
    network.hiddenUsesPreviousZ = hiddenUsesPreviousZ
    network.activation = activation
    network.hidden = hidden
    return network
  }

  static let all: [NMDCase] = ModulatedLayer.Form.allCases.flatMap { form in
    [false, true].flatMap { previous in
      Activation.allCases.flatMap { activation in
        [[], [10], [6, 5, 4, 3]].map {
          NMDCase(form: form, hiddenUsesPreviousZ: previous, activation: activation, hidden: $0)
        }
      }
    }
  }
}

/// Every network by differences and against the fast executor.
@Suite struct NetworkTests {
  static let heads = [Head("mean", size: 2), Head("logVariance", size: 2)]

  func check(_ network: some Network, seed: UInt64, _ what: String = "") {
    var check = ProgramCheck(
      network.program(observationSize: 3, actionSize: 2, heads: Self.heads))
    (check.rows, check.steps, check.samples) = (3, 4, 4)
    check.key = RandomKey(seed: seed)
    CellTests.expectAgreement(check, "seed \(seed) \(what)")
  }

  @Test(arguments: NMDCase.all) func nmdAgrees(_ variant: NMDCase) {
    for seed in 1...3 as ClosedRange<UInt64> { check(variant.network, seed: seed) }
  }

  @Test(arguments: ["gru", "lstm", "rnn"]) func recurrentAgrees(_ cell: String) {
    for activation in Activation.allCases {
      for (sizes, hidden) in [([7], [6, 4]), ([], [6]), ([5, 4], []), ([], [])] {
        for feedback in [true, false] {
          var network = RecurrentNetwork()
          network.cell = CellChoice(cell)
          (network.sizes, network.hidden) = (sizes, hidden)
          (network.activation, network.feedback) = (activation, feedback)
          // Not seed 4: it puts a ReLU within 10⁻⁶ of its kink (the error, 4 · 10⁻⁴, vanishes with a
          // difference step of 10⁻⁸).
          check(
            network, seed: 6, "\(sizes) \(hidden) \(activation)\(feedback ? ", feedback" : "")")
        }
      }
    }
  }

  @Test(arguments: ["lstm", "rnn"]) func otherModulatorsAgree(_ cell: String) {
    var network = NMDNetwork()
    network.cell = CellChoice(cell)
    (network.sizes, network.modulationSize, network.feedbackScale) = ([6, 4], 5, 0.1)
    check(network, seed: 5)
  }

  /// The fast executor at the published size, several blocks long.
  @Test func publishedSizeAgrees() {
    for network in [NMDNetwork(), RecurrentNetwork()] as [any Network] {
      var check = ProgramCheck(
        network.program(observationSize: 1, actionSize: 1, heads: [Head("value", size: 1)]))
      (check.rows, check.steps, check.samples) = (25, 12, 1)
      CellTests.expectAgreement(check, "published size")
    }
  }
}
