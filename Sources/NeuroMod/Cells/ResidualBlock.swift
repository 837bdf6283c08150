import Autodiff
import Configuration

/// A cell in a residual block, as linear recurrent units are stacked (Orvieto et al. 2023, arXiv
/// 2303.06349).
///
/// ```
/// u = x, or x E where x has not as many numbers as the block
/// v = cell(normalised u)
/// y = u + (v V + bv) ⊙ sigmoid(v W + bw)                gated linear unit
/// ```
public struct ResidualBlock: Cell {
  /// Numbers in the output, and units of the cell.
  public var size = 64
  /// The cell.
  public var cell = CellChoice("lru", LRU())
  /// How the matrices of the block begin.
  public var weights = WeightInitialization(.lecun, scale: 1)

  /// A block around an LRU.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .value("cell", \.cell, "The cell: a name, or an object with options."),
      .object("weights", \.weights, "How the matrices of the block begin."),
    ]
  }

  /// Traces one time step; the cell's names begin with `cell`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    var u = x
    if x.width != size {
      u = x.product(weights.matrix("encoder", rows: x.width, columns: size, in: tracer))
    }
    let normal = tracer.scope("normalization") { LayerNormalization()(u, in: tracer) }
    let v = tracer.scope("cell") { cell.cell(size: size).step(normal, in: tracer) }
    let gated =
      v.product(weights.matrix("gated", rows: size, columns: 2 * size, gates: 2, in: tracer))
      + tracer.vector("gatedBias", width: 2 * size)
    return u + gated[0..<size] * gated[size..<2 * size].sigmoid()
  }
}
