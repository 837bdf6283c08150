import Autodiff
import Configuration

/// The price of the signals in all shards of an update.
///
/// A price couples all rows of an update: their means come first, then the derivatives that every shard
/// runs backward with.
struct UpdatePricing {
  private var prices: SignalPrices
  /// Over the last update.
  private var means: SignalMeans
  private var total = 0.0
  private var updates = 0

  /// The prices of `penalties` on the signals of a program.
  ///
  /// - Parameters:
  ///   - answers: outputs that are no signals, such as heads and losses.
  ///   - path: where the penalties are in the experiment, for errors.
  /// - Throws: `ConfigurationError` for a signal that no layer has.
  init(
    _ penalties: [Penalty], in program: Program, apartFrom answers: [String], at path: JSONPath
  ) throws {
    prices = try SignalPrices(penalties, in: program, apartFrom: answers, at: path)
    means = SignalMeans(prices.signals)
  }

  /// The signals with a price, then those that say how active units are.
  var signals: [Program.Port] { prices.signals }
  /// The outputs whose derivatives are handed in.
  var objectives: [String] { prices.objectives }
  /// Whether anything has a price.
  var isPriced: Bool { !prices.objectives.isEmpty }

  /// Begins an iteration, over which the price is averaged.
  mutating func restart() {
    means.clear()
    (total, updates) = (0, 0)
  }

  /// Prices the signals of what the shards have just run forward.
  ///
  /// - Parameters:
  ///   - steps: how many steps a shard has run.
  ///   - rows: how many of a shard's rows count at a step.
  mutating func price(
    _ shards: [Shard], steps: (_ shard: Int) -> Int, rows: (_ shard: Int, _ step: Int) -> Int
  ) {
    means.clear()
    for (index, shard) in shards.enumerated() {
      means.add(shard, steps: steps(index)) { rows(index, $0) }
    }
    total += prices.price(means)
    updates += 1
  }

  /// Hands the derivatives to a shard before it runs backward, with the same steps and rows.
  func passDerivatives(to shard: Shard, steps: Int, rows: (_ step: Int) -> Int) {
    prices.passDerivatives(to: shard, steps: steps, rows: rows)
  }

  /// The mean price of the updates since `restart`; nothing where nothing has a price.
  func metrics(_ name: String) -> [Metric] {
    isPriced ? [Metric(name, total / Double(updates))] : []
  }

  /// The means of the signals over the last update.
  var signalMetrics: [Metric] { means.metrics("signal") }
}
