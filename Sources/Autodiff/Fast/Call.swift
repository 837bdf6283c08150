import CKernels
import Tensor

/// The address of a value at each step: plain numbers, so that running a kernel touches no reference
/// counts and no heap.
struct Operand {
  private let base: UnsafeMutablePointer<Float>
  /// Numbers between the same row of two steps.
  private let stepStride: Int
  private let offset: Int
  /// Steps are taken modulo a power of two: all bits for a sequence, none for a single step.
  private let mask: Int
  /// Numbers between two rows.
  let rowStride: Int

  init(_ placement: Placement, regions: [Region], bases: [UnsafeMutablePointer<Float>], rows: Int) {
    let region = regions[placement.region]
    base = bases[placement.region] + placement.column
    stepStride = rows * region.width
    rowStride = region.width
    offset = placement.stepOffset
    mask =
      switch region.lifetime {
      case .sequence: -1
      case .block(let count): count - 1
      case .step: 0
      case .pair: 1
      }
  }

  @inline(__always)
  func address(_ step: Int) -> UnsafeMutablePointer<Float> {
    base + ((step &+ offset) & mask) &* stepStride
  }
}

/// A kernel with addresses instead of places.
enum Call {
  case product(ProductCall)
  case fused(FusedCall)
  case reduce(maximum: Bool, from: Operand, width: Int32, to: Operand)
  case outer(
    rows: Operand, k: Int32, gradient: Operand, n: Int32, total: UnsafeMutablePointer<Float>)
  case addRows(gradient: Operand, width: Int32, total: UnsafeMutablePointer<Float>)

  struct ProductCall {
    let sources: UnsafeMutablePointer<metarl_source>
    let operands: UnsafeMutablePointer<Operand>
    let matrices: UnsafeMutablePointer<Kernel.Product.Term>
    let count: Int
    let parameters: UnsafePointer<Float>
    let packed: UnsafePointer<Float>
    let bias: UnsafePointer<Float>?
    let addend: Operand?
    let out: Operand
    let columns: Int
  }

  struct FusedCall {
    let instructions: UnsafeMutablePointer<metarl_instruction>
    let instructionCount: Int
    let registers: UnsafeMutablePointer<metarl_register>
    let registerCount: Int
    /// The registers that move with the step, and where they point.
    let moving: UnsafeMutablePointer<Int>
    let operands: UnsafeMutablePointer<Operand>
    let movingCount: Int
    let scratch: UnsafeMutablePointer<Float>
    let width: Int32
  }

  /// Runs the kernel on `rows` rows from the first row of `step`, products with the packed kernels
  /// for which the weights were packed, or with OpenBLAS.
  @inline(__always)
  func run(step: Int, rows: Int, kernels: metarl_product_kernels?) {
    switch self {
    case .product(let call):
      if let kernels {
        call.runPacked(step, rows, kernels)
      } else {
        call.runBLAS(step, rows)
      }
    case .fused(let call):
      for i in 0..<call.movingCount {
        call.registers[call.moving[i]].memory = call.operands[i].address(step)
      }
      metarl_fused_run(
        call.instructions, Int32(call.instructionCount), call.registers,
        Int32(call.registerCount), call.scratch, Int32(rows), call.width)
    case .reduce(let maximum, let from, let width, let to):
      let reduce = maximum ? metarl_max_columns : metarl_sum_columns
      reduce(
        from.address(step), Int64(from.rowStride), to.address(step), Int64(to.rowStride),
        Int32(rows), width)
    case .outer(let a, let k, let gradient, let n, let total):
      if let kernels {
        metarl_outer(
          kernels, a.address(step), Int64(a.rowStride), k, gradient.address(step),
          Int64(gradient.rowStride), n, total, Int64(n), Int32(rows))
      } else {
        BLAS.addOuter(
          rows: rows, k: Int(k), n: Int(n), a: a.address(step), aStride: a.rowStride,
          g: gradient.address(step), gStride: gradient.rowStride, c: total, cStride: Int(n))
      }
    case .addRows(let gradient, let width, let total):
      metarl_add_rows(
        gradient.address(step), Int64(gradient.rowStride), total, Int32(rows), width)
    }
  }
}

extension Call.ProductCall {
  @inline(__always)
  func runPacked(_ step: Int, _ rows: Int, _ kernels: metarl_product_kernels) {
    for i in 0..<count { sources[i].rows = UnsafePointer(operands[i].address(step)) }
    metarl_product(
      kernels, sources, Int32(count), packed, Int32(columns), bias, addend?.address(step),
      Int64(addend?.rowStride ?? 0), out.address(step), Int64(out.rowStride), Int32(rows))
  }

  func runBLAS(_ step: Int, _ rows: Int) {
    let target = out.address(step)
    for row in 0..<rows {
      let to = target + row * out.rowStride
      for column in 0..<columns {
        var start = bias?[column] ?? 0
        if let addend { start += addend.address(step)[row * addend.rowStride + column] }
        to[column] = start
      }
    }
    for i in 0..<count {
      BLAS.addProduct(
        m: rows, n: columns, k: matrices[i].k, a: operands[i].address(step),
        aStride: operands[i].rowStride, b: parameters + matrices[i].parameterOffset,
        rowStride: matrices[i].rowStride, columnStride: matrices[i].columnStride,
        c: target, cStride: out.rowStride)
    }
  }
}
