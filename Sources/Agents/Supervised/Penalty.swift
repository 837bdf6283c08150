import Autodiff
import Configuration
import NeuroMod

/// A price on the mean of a signal inside the network, such as the activity of spiking units.
///
/// ```
/// sumOverUnits     w Σⱼ (⟨sⱼ⟩ − target)²
/// meanOverUnits    w/n Σⱼ (⟨sⱼ⟩ − target)²
/// layer            w (⟨s⟩ − target)²
/// linear           w ⟨s⟩
/// ```
///
/// ⟨sⱼ⟩ is the mean of unit j over the batch and all steps, ⟨s⟩ that over the n units, too. Where several
/// layers have a signal of that name, each pays.
///
/// Sources: `sumOverUnits` is the rate regulariser of G. Bellec et al., NeurIPS 2018; `layer` that of
/// A. Subramoney et al., ICLR 2023.
public struct Penalty: Configurable, JSONRepresentable {
  /// What of the signal costs.
  public enum Form: String, Sendable, CaseIterable {
    case sumOverUnits, meanOverUnits, layer, linear
  }

  /// The name of the signal, without the path of the layer.
  public var signal = ""
  /// What of it costs.
  public var form = Form.sumOverUnits
  /// The price; 0 to log the mean only.
  public var weight = 0.0
  /// The mean that costs nothing.
  public var target = 0.0

  /// No penalty.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .text(
        "signal", \.signal, "Signal inside the network, such as activity, of every layer with it.",
        required: true),
      .choice("form", \.form, "What of the signal costs."),
      .number("weight", \.weight, in: 0...1e9, "The price; 0 to log the signal's mean only."),
      .number("target", \.target, in: -1e9...1e9, "The mean that costs nothing."),
    ]
  }

  /// The price of a signal, and its derivatives by the means of the units.
  ///
  /// - Parameter means: ⟨sⱼ⟩ of each unit; replaced by the derivatives.
  func price(_ means: UnsafeMutableBufferPointer<Double>) -> Double {
    let count = Double(means.count)
    let mean = means.reduce(0, +) / count
    switch form {
    case .sumOverUnits, .meanOverUnits:
      let scale = form == .sumOverUnits ? weight : weight / count
      var price = 0.0
      for unit in means.indices {
        let difference = means[unit] - target
        price += scale * difference * difference
        means[unit] = 2 * scale * difference
      }
      return price
    case .layer:
      means.update(repeating: 2 * weight * (mean - target) / count)
      return weight * (mean - target) * (mean - target)
    case .linear:
      means.update(repeating: weight / count)
      return weight * mean
    }
  }
}

/// A signal of a traced network that has a price.
struct PenalizedSignal {
  let penalty: Penalty
  /// The output's name, with the path of the layer.
  let output: String
  let width: Int
  /// Whether an earlier penalty is about the same signal.
  let isRepeated: Bool

  /// The signals of a program that have a price: those that are costs, and what `penalties` are about.
  ///
  /// - Throws: `ConfigurationError` for a signal that no layer has.
  static func find(_ penalties: [Penalty], in program: Program) throws -> [PenalizedSignal] {
    let signals = program.outputs.filter { $0.name != SequenceTrainer.outputPort }
    func named(_ name: String) -> [Program.Port] {
      signals.filter { signalName(of: $0.name) == name }
    }
    var found: [PenalizedSignal] = []
    func add(_ penalty: Penalty, _ ports: [Program.Port]) {
      for port in ports {
        found.append(
          PenalizedSignal(
            penalty: penalty, output: port.name, width: port.width,
            isRepeated: found.contains { $0.output == port.name }))
      }
    }
    var cost = Penalty()
    (cost.form, cost.weight) = (.linear, 1)
    add(cost, named(CellOutput.penalty))
    for (index, penalty) in penalties.enumerated() {
      let ports = named(penalty.signal)
      guard !ports.isEmpty else {
        var names: [String] = []
        for name in signals.map({ signalName(of: $0.name) }) where !names.contains(name) {
          names.append(name)
        }
        throw ConfigurationError(
          JSONPath("learner.penalties").appending(index).appending("signal"),
          "the network has no signal named “\(penalty.signal)”",
          remedy: names.isEmpty
            ? "It has none at all."
            : ConfigurationError.suggestion(for: penalty.signal, among: names))
      }
      add(penalty, ports)
    }
    return found
  }

  private static func signalName(of output: String) -> String {
    output.split(separator: "/").last.map(String.init) ?? output
  }
}
