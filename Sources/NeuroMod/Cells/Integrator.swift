import Autodiff
import Configuration

/// An untrained read-out of spikes: each unit sums up what it receives, for ever.
///
/// ```
/// h' = h + Σ of its block of x, or h + x W with W drawn once
/// ```
///
/// Blocks are equal parts of the input, one a unit, as nearly as widths allow. Source: the frozen
/// read-out of De Geeter, Ernst & Drion 2023 (arXiv 2306.03623), whose exact form is not known.
public struct Integrator: Cell {
  /// What a unit receives.
  public enum Source: String, Sendable, CaseIterable {
    /// Its own part of the input.
    case blocks
    /// All of the input, with fixed random weights.
    case randomWeights
  }

  /// Units, one for each class.
  public var size = 10
  /// What a unit receives.
  public var source = Source.blocks
  /// The fixed random weights.
  public var weights = WeightInitialization(.lecun, scale: 1)

  /// Ten units that sum up blocks.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("source", \.source, "Equal blocks of the input, or fixed random weights."),
      .object("weights", \.weights, "The fixed random weights."),
    ]
  }

  /// Traces one time step; the state is `h`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let received: Value
    switch source {
    case .blocks:
      received = .concatenate(
        (0..<size).map { unit in
          let block = unit * x.width / size..<(unit + 1) * x.width / size
          return block.isEmpty ? tracer.constant(0, width: 1) : x[block].sum()
        })
    case .randomWeights:
      received = x.product(
        tracer.matrix(
          "input", rows: x.width, columns: size,
          weights.initializer(rows: x.width, columns: size), isLearned: false))
    }
    let next = h + received
    tracer.update(h, to: next)
    return next
  }
}
