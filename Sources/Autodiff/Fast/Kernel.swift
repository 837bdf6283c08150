import CKernels

/// One call into a C kernel, with places instead of addresses.
enum Kernel {
  /// out = bias + addend + Σ terms.
  case product(Product)
  /// Elementwise instructions.
  case fused(Fused)
  /// A reduction of each row to one number.
  case reduce(maximum: Bool, from: Placement, width: Int, to: Placement)
  /// Adds to the gradient of a matrix: rowsᵀ · gradient.
  case outer(Outer)
  /// Adds to the gradient of a vector: the sum of rows.
  case addRows(gradient: Placement, width: Int, parameterOffset: Int)

  /// How many turned numbers a product with connections alone has at once, or copied ones a product with wanted results.
  var turnedSize: Int {
    func size(_ count: Int) -> Int { Int(metarl_turned_size(Int32(count))) }
    return switch self {
    case .product(let product):
      max(
        product.terms.reduce(0) { $0 + size($1.k) },
        product.conditions.isEmpty ? 0 : Int(METARL_DOT_ROWS) * product.lineSize)
    case .outer(let outer): size(outer.matrix.rows) + size(outer.matrix.columns)
    case .fused, .reduce, .addRows: 0
    }
  }

  struct Product {
    struct Term {
      var rows: Placement
      var matrix: MatrixPlace
      /// Whether it is the transposed matrix that is multiplied.
      var isTransposed: Bool
      /// Whether many of the rows' numbers may be zero, so that they are counted.
      var maybeSilent: Bool
      /// Numbers of each row.
      var k: Int { isTransposed ? matrix.columns : matrix.rows }
      /// Numbers of a line of weights, filled up to whole lanes.
      var lineSize: Int { Int(metarl_line_size(Int32(k))) }
      /// How to step through what is multiplied.
      var rowStride: Int { isTransposed ? 1 : matrix.columns }
      var columnStride: Int { isTransposed ? matrix.columns : 1 }
    }
    var terms: [Term]
    var columns: Int
    /// Where the bias begins in the parameters.
    var biasOffset: Int?
    var addend: Placement?
    var out: Placement
    /// Where the packed matrix begins in the packed weights.
    var packedOffset: Int
    /// Where numbers of the result are wanted; none for everywhere.
    var conditions: [Condition] = []
    var depth: Int { terms.reduce(0) { $0 + $1.k } }
    /// Numbers of a line of weights, see demand.h.
    var lineSize: Int { terms.reduce(0) { $0 + $1.lineSize } }
    /// Numbers that the packed weights take.
    var packedSize: Int {
      let packed = ProductKernels.packedSize(depth: depth, columns: columns)
      // Lines begin on a multiple of 16 numbers.
      return (max(packed, conditions.isEmpty ? 0 : columns * lineSize) + 15) / 16 * 16
    }
    /// Whether rows may be gathered.
    var maybeSilent: Bool {
      terms.contains { $0.maybeSilent } && !terms.contains { $0.isTransposed }
    }
  }

  /// Where a number of a result is wanted, see ``Demand``.
  struct Condition {
    /// Numbers that say so, of the step of the product or an earlier one.
    var rows: Placement
    var test: Demand.Test
    var stepsBack: Int
  }

  struct Outer {
    var rows: Placement
    var gradient: Placement
    /// What it is the gradient of; that lies in the same order.
    var matrix: MatrixPlace
    /// Whether many of the rows' numbers may be zero, so that they are counted.
    var maybeSilent: Bool
  }

  struct Fused {
    enum Register {
      case scratch
      case load(Placement)
      /// A vector parameter, by offset.
      case loadVector(Int)
      case store(Placement)
    }
    var width: Int
    var registers: [Register]
    var instructions: [Instruction]
    /// Machine code for the instructions; nil where they are run one by one.
    var code: CompiledGroup?
  }

  /// `destination = operation(a, b, c; x, y)`, see fused.h.
  struct Instruction {
    var operation: Int
    var destination: Int
    var operands: [Int]
    var x: Float = 0
    var y: Float = 0
  }
}
