import Autodiff
import Configuration

/// A cost of units that are more, or less, active than wanted.
///
/// ```
/// L = weight · Σ_j (<z_j> − target)²         each unit by itself, summed or averaged over units: LSNN
/// L = weight · (<z> − target)²               all units of a layer together: EGRU
/// ```
///
/// <z> is the mean over rows and steps, so the gradient is known only when a batch has run forward: it
/// is handed to the backward pass as the derivative by the ``CellOutput/activity`` of the layer.
public struct ActivityRegularizer: Configurable, Equatable {
  /// Which mean is compared with the target.
  public enum Comparison: String, Sendable, CaseIterable {
    /// That of each unit; costs are summed, as in the released code of LSNN.
    case sumOverUnits
    /// That of each unit; costs are averaged, as in later code of the same group.
    case meanOverUnits
    /// That of all units, as in EGRU.
    case layer
  }

  /// λ; 0 for no cost.
  public var weight = 0.0
  /// The activity that costs nothing: spikes per ms, or the part of units with an event.
  public var target = 0.01
  /// Which mean is compared with the target.
  public var comparison = Comparison.sumOverUnits

  /// No cost.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number("weight", \.weight, in: 0...1e6, "Weight λ of the cost; 0 for none."),
      .number(
        "target", \.target, in: 0...1000,
        "The activity that costs nothing: a rate in kHz, or a part of units with an event."),
      .choice(
        "comparison", \.comparison,
        "Costs of each unit's mean, summed or averaged over units, or the cost of the layer's mean."
      ),
    ]
  }

  /// Computes the cost of an output that all shards have run forward, and sets its derivatives.
  ///
  /// - Parameters:
  ///   - output: a `CellOutput.activity` that was named as an objective.
  ///   - shards: the whole batch; its order fixes that of the sums.
  ///   - steps: steps of the sequences.
  /// - Returns: the cost, and the mean activity.
  public func apply(to output: String, of shards: [Shard], steps: Int) -> (
    cost: Double, activity: Double
  ) {
    let width = shards[0].outputWidth(output)
    var means = [Double](repeating: 0, count: width)
    for shard in shards { shard.addSums(ofColumns: output, steps: steps, to: &means) }
    let count = Double(steps * shards.reduce(0) { $0 + $1.rows })
    for unit in means.indices { means[unit] /= count }
    let mean = means.reduce(0, +) / Double(width)

    let (cost, derivatives) = evaluate(means, mean)
    for shard in shards {
      let cotangent = shard.cotangent(output)
      for unit in derivatives.indices {
        let derivative = Float(derivatives[unit] / count)
        for place in 0..<steps * shard.rows { cotangent[place * width + unit] = derivative }
      }
    }
    return (cost, mean)
  }

  /// The cost, and its derivative by each unit's mean.
  private func evaluate(_ means: [Double], _ mean: Double) -> (cost: Double, derivatives: [Double])
  {
    let width = Double(means.count)
    switch comparison {
    case .sumOverUnits, .meanOverUnits:
      let factor = comparison == .sumOverUnits ? weight : weight / width
      return (
        means.reduce(0) { $0 + factor * ($1 - target) * ($1 - target) },
        means.map { 2 * factor * ($0 - target) }
      )
    case .layer:
      let derivative = 2 * weight * (mean - target) / width
      return (weight * (mean - target) * (mean - target), means.map { _ in derivative })
    }
  }
}
