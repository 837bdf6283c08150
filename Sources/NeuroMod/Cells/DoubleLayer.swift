import Autodiff
import Configuration

/// Two cells side by side that see the same input; their outputs are concatenated.
///
/// Source: Lambrechts et al. 2023 (arXiv 2106.01001), where the first cell is warmed up for long
/// memories and the second begins as usual, for precise transients. Names begin with `first` and
/// `second`.
public struct DoubleLayer: Cell {
  /// Units of both cells together.
  public var size = 50
  /// The first cell.
  public var first = CellChoice("gru", GRU())
  /// The second cell.
  public var second = CellChoice("gru", GRU())
  /// The share of the units that the first cell has.
  public var share: Float = 0.5

  /// Two GRU of equal size.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .value("first", \.first, "The first cell: a name, or an object with options."),
      .value("second", \.second, "The second cell."),
      .number("share", \.share, in: 0...1, "Share of the units that the first cell has."),
    ]
  }

  /// Traces one time step of both.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let units = Int((share * Float(size)).rounded())
    let parts = [("first", first, units), ("second", second, size - units)]
    return .concatenate(
      parts.filter { $0.2 > 0 }.map { name, cell, units in
        tracer.scope(name) { cell.cell(size: units).step(x, in: tracer) }
      })
  }
}
