import Autodiff
import Configuration
import NeuroMod

/// What the signals of a network cost, and the derivatives of that.
struct SignalPrices {
  /// The signals that are looked at: those with a price, then those that say how active units are and where
  /// no derivative flows back.
  let signals: [Program.Port]
  /// By signal with a price, and unit: the derivative by each of its numbers, after ``price(_:)``.
  private(set) var gradients: [[Float]]
  /// The penalties, and the indices of the signals that they are about.
  private let prices: [(penalty: Penalty, signal: Int)]
  /// By unit of one signal: means, then the derivatives by them. Kept for its memory.
  private var units: [Double]
  /// As ``gradients``, by means. Kept for its memory.
  private var derivatives: [[Double]]

  /// The signals of a program that are costs, and those that `penalties` are about.
  ///
  /// - Parameters:
  ///   - answers: outputs that are no signals, such as heads and losses.
  ///   - path: where the penalties are in the experiment, for errors.
  /// - Throws: `ConfigurationError` for a signal that no layer has.
  init(
    _ penalties: [Penalty], in program: Program, apartFrom answers: [String], at path: JSONPath
  ) throws {
    let outputs = program.outputs.filter { !answers.contains($0.name) }
    var signals: [Program.Port] = []
    var prices: [(penalty: Penalty, signal: Int)] = []
    func add(_ penalty: Penalty, _ ports: [Program.Port]) {
      for port in ports {
        let known = signals.firstIndex(of: port)
        if known == nil { signals.append(port) }
        prices.append((penalty, known ?? signals.count - 1))
      }
    }
    func named(_ name: String) -> [Program.Port] {
      outputs.filter { Self.signalName(of: $0) == name }
    }
    var cost = Penalty()
    (cost.form, cost.weight) = (.linear, 1)
    add(cost, named(CellOutput.penalty))
    for (index, penalty) in penalties.enumerated() {
      let ports = named(penalty.signal)
      guard !ports.isEmpty else {
        throw Self.missing(
          penalty.signal, among: outputs.map(Self.signalName), at: path.appending(index))
      }
      add(penalty, ports)
    }
    gradients = signals.map { Array(repeating: 0, count: $0.width) }
    derivatives = signals.map { Array(repeating: 0, count: $0.width) }
    units = Array(repeating: 0, count: signals.map(\.width).max() ?? 0)
    self.prices = prices
    self.signals =
      signals
      + (program.activitySignals + program.backwardSparsitySignals).filter {
        !signals.contains($0)
      }
  }

  /// The outputs whose derivatives are handed in.
  var objectives: [String] { signals.prefix(gradients.count).map(\.name) }

  /// What means over a batch cost; sets ``gradients``.
  mutating func price(_ means: SignalMeans) -> Double {
    var price = 0.0
    for signal in derivatives.indices {
      for unit in derivatives[signal].indices { derivatives[signal][unit] = 0 }
    }
    for (penalty, signal) in prices {
      let width = signals[signal].width
      for unit in 0..<width { units[unit] = means.mean(of: signal, unit: unit) }
      price += units.withUnsafeMutableBufferPointer {
        penalty.price(.init(rebasing: $0[..<width]))
      }
      for unit in 0..<width { derivatives[signal][unit] += units[unit] }
    }
    for signal in gradients.indices {
      for unit in gradients[signal].indices {
        gradients[signal][unit] = Float(derivatives[signal][unit] / Double(means.count))
      }
    }
    return price
  }

  /// Hands the derivatives to a shard before it runs `steps` steps backward: to the first `rows` rows of
  /// each step; there are none by the others.
  func passDerivatives(to shard: Shard, steps: Int, rows: (_ step: Int) -> Int) {
    for (signal, gradient) in zip(signals, gradients) {
      let cotangent = shard.cotangent(signal.name)
      for step in 0..<steps {
        let filled = rows(step)
        let row = cotangent + step * shard.rows * signal.width
        for place in 0..<filled {
          (row + place * signal.width).update(from: gradient, count: signal.width)
        }
        (row + filled * signal.width).update(
          repeating: 0, count: (shard.rows - filled) * signal.width)
      }
    }
  }

  /// Hands the derivatives to a shard that keeps only the totals of its signals, and of which all rows
  /// of all steps count.
  func passTotalDerivatives(to shard: Shard) {
    for (signal, gradient) in zip(signals, gradients) {
      shard.setTotalCotangent(signal.name, to: gradient)
    }
  }

  /// The output's name without the path of the layer.
  private static func signalName(of port: Program.Port) -> String {
    port.name.split(separator: "/").last.map(String.init) ?? port.name
  }

  private static func missing(
    _ name: String, among signals: [String], at path: JSONPath
  ) -> ConfigurationError {
    var names: [String] = []
    for name in signals where !names.contains(name) { names.append(name) }
    return ConfigurationError(
      path.appending("signal"),
      "the network has no signal named “\(name)”",
      remedy: names.isEmpty
        ? "It has none at all." : ConfigurationError.suggestion(for: name, among: names))
  }
}
