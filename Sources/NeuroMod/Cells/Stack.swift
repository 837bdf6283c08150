import Autodiff
import Configuration

/// Cells of equal size, one after the other: each layer's output is the next one's input.
///
/// Networks stack layers of one kind by themselves; this is for layers of different kinds, such as
/// transient memory, an ``LRU``, before persistent memory, a ``BMRU``.
public struct Stack: Cell {
  /// Units of each layer.
  public var size = 50
  /// The layers, from the input on.
  public var cells = [CellChoice("lru", LRU()), CellChoice("bmru", BMRU())]

  /// An LRU and a BMRU.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [.values("cells", \.cells, "The layers from the input on: names, or objects with options.")]
  }

  /// A stack needs a layer.
  public func validate(at path: JSONPath) throws {
    guard !cells.isEmpty else {
      throw ConfigurationError(
        path.appending("cells"), "has no layer", remedy: "Name at least one cell.")
    }
  }

  /// Traces one time step of each layer, with names below `layer0`, `layer1`, …
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    var x = x
    for (index, cell) in cells.enumerated() {
      x = tracer.scope("layer\(index)") { cell.cell(size: size).step(x, in: tracer) }
    }
    return x
  }
}
