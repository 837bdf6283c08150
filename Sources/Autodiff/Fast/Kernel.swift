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

  struct Product {
    struct Term {
      var rows: Placement
      var k: Int
      /// The matrix as it lies in the parameters: where it begins and how to step through it.
      var parameterOffset: Int
      var rowStride: Int
      var columnStride: Int
      /// Whether many of the rows' numbers may be zero, so that they are counted.
      var maybeSilent: Bool
    }
    var terms: [Term]
    var columns: Int
    /// Where the bias begins in the parameters.
    var biasOffset: Int?
    var addend: Placement?
    var out: Placement
    /// Where the packed matrix begins in the packed weights.
    var packedOffset: Int
    var depth: Int { terms.reduce(0) { $0 + $1.k } }
    /// Whether rows may be gathered.
    var maybeSilent: Bool {
      terms.contains { $0.maybeSilent } && terms.allSatisfy { $0.columnStride == 1 }
    }
  }

  struct Outer {
    var rows: Placement
    var rowCount: Int
    var gradient: Placement
    var columns: Int
    /// Where the gradient of the matrix begins.
    var parameterOffset: Int
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
