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
  /// All bits where steps count from the beginning of the segment, none where from that of the sequence.
  private let originMask: Int
  /// Numbers between two rows.
  let rowStride: Int
  /// Whether only one segment of the sequence is in memory.
  let isSegmented: Bool
  /// Whether only the last few steps are in memory.
  let takesTurns: Bool

  init(_ placement: Placement, regions: [Region], bases: [UnsafeMutablePointer<Float>], rows: Int) {
    let region = regions[placement.region]
    base = bases[placement.region] + placement.column
    stepStride = rows * region.width
    rowStride = region.width
    offset = placement.stepOffset
    mask =
      switch region.lifetime {
      case .sequence, .segment: -1
      case .block(let count), .ring(let count): count - 1
      case .step: 0
      }
    isSegmented = if case .segment = region.lifetime { true } else { false }
    takesTurns = if case .ring = region.lifetime { true } else { false }
    originMask = isSegmented ? -1 : 0
  }

  /// The place of `step` while the segment that begins at step `origin` is in memory.
  @inline(__always)
  func address(_ step: Int, _ origin: Int) -> UnsafeMutablePointer<Float> {
    base + ((step &+ offset &- (origin & originMask)) & mask) &* stepStride
  }
}

/// A kernel with addresses instead of places.
enum Call {
  case product(ProductCall)
  case fused(FusedCall)
  case reduce(maximum: Bool, from: Operand, width: Int32, to: Operand)
  case outer(OuterCall)
  case addRows(gradient: Operand, width: Int32, total: UnsafeMutablePointer<Float>)

  struct ProductCall {
    let sources: UnsafeMutablePointer<metarl_source>
    let operands: UnsafeMutablePointer<Operand>
    let terms: UnsafeMutablePointer<Kernel.Product.Term>
    /// Where the matrix of each term begins.
    let matrices: UnsafeMutablePointer<Int64>
    let count: Int
    let depth: Int
    let parameters: UnsafePointer<Float>
    let packed: UnsafePointer<Float>
    let bias: UnsafePointer<Float>?
    let addend: Operand?
    let out: Operand
    let columns: Int
    /// How the matrices are read.
    let form: UnsafePointer<PackedWeights.Form>
    /// The connections of the matrix of each term, by what they add to.
    let synapses: UnsafeMutablePointer<UnsafeMutablePointer<metarl_synapse_lists>?>
    /// Room for turned or copied rows.
    let turned: UnsafeMutablePointer<Float>
    /// Room for what is not zero; nil where zeros are not worth counting.
    let events: UnsafeMutablePointer<metarl_event>?
    /// Where numbers are wanted; nil for everywhere.
    let demand: DemandCall?
    let counter: UnsafeMutablePointer<OperationCount>
  }

  struct DemandCall {
    /// Two of them, which may be the same, and where their numbers are.
    let conditions: UnsafeMutablePointer<metarl_condition>
    let operands: UnsafeMutablePointer<Operand>
    /// The most steps that a condition looks back.
    let stepsBack: Int
    /// Room to mark wanted numbers.
    let marks: UnsafeMutablePointer<UInt32>
  }

  struct OuterCall {
    let rows: Operand
    let k: Int
    let gradient: Operand
    let n: Int
    let total: UnsafeMutablePointer<Float>
    /// The connections of the matrix.
    let form: UnsafePointer<SparseMatrix.Form>
    /// Room for turned rows.
    let turned: UnsafeMutablePointer<Float>
    /// Room for what is not zero; nil where zeros are not worth counting.
    let events: UnsafeMutablePointer<metarl_event>?
    let counter: UnsafeMutablePointer<OperationCount>
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
    /// Machine code that does the same; nil where there is none.
    let code: OpaquePointer?
  }

  /// Runs the kernel on `rows` rows from the first row of `step`, in the segment from `origin`.
  @inline(__always)
  func run(step: Int, origin: Int, rows: Int, kernels: ProductKernels) {
    switch self {
    case .product(let call): call.run(step, origin, rows, kernels)
    case .outer(let call): call.run(step, origin, rows, kernels)
    case .fused(let call):
      for i in 0..<call.movingCount {
        call.registers[call.moving[i]].memory = call.operands[i].address(step, origin)
      }
      if let code = call.code {
        metarl_compiled_run(code, call.registers, Int64(rows))
      } else {
        metarl_fused_run(
          call.instructions, Int32(call.instructionCount), call.registers,
          Int32(call.registerCount), call.scratch, Int32(rows), call.width)
      }
    case .reduce(let maximum, let from, let width, let to):
      let reduce = maximum ? metarl_max_columns : metarl_sum_columns
      reduce(
        from.address(step, origin), Int64(from.rowStride), to.address(step, origin),
        Int64(to.rowStride),
        Int32(rows), width)
    case .addRows(let gradient, let width, let total):
      metarl_add_rows(
        gradient.address(step, origin), Int64(gradient.rowStride), total, Int32(rows), width)
    }
  }
}
