import CKernels

/// Sums of outputs over all rows and steps, where nobody wants more of them than that.
///
/// What such an output is in a step then needs no memory beyond its block of steps, and the derivative by
/// it, the same for all rows and steps, none beyond one block of rows.
final class OutputTotals {
  private struct Total {
    let operand: Operand
    let sums: UnsafeMutableBufferPointer<Double>
  }

  /// By output.
  private var totals: [Int: Total] = [:]

  init(plan: Plan, operand: (Placement) -> Operand) {
    for output in plan.totals {
      let sums = UnsafeMutableBufferPointer<Double>.allocate(
        capacity: plan.program.outputs[output].width)
      sums.initialize(repeating: 0)
      totals[output] = Total(operand: operand(plan.outputs[output]), sums: sums)
    }
  }

  deinit { for total in totals.values { total.sums.deallocate() } }

  /// `[width]` of the sums of an output.
  subscript(output: Int) -> UnsafeBufferPointer<Double> {
    guard let total = totals[output] else {
      preconditionFailure("output \(output) was not named among the totals")
    }
    return UnsafeBufferPointer(total.sums)
  }

  /// Begins all sums anew.
  func clear() { for total in totals.values { total.sums.update(repeating: 0) } }

  /// Adds `rows` rows from the first row of `step`, in the segment from `origin`.
  func add(step: Int, origin: Int, rows: Int) {
    for total in totals.values {
      metarl_total_rows(
        total.operand.address(step, origin), Int64(total.operand.rowStride),
        total.sums.baseAddress, Int32(rows), Int32(total.sums.count))
    }
  }
}
