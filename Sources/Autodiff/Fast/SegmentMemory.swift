import Tensor

/// Where a shard is in a sequence of which only a segment is in memory: it remembers the states before
/// each segment, so that the backward pass can run it again.
///
/// Without segments it does nothing.
final class SegmentMemory {
  /// The first step of the segment in memory.
  private(set) var origin = 0
  private let hasSegments: Bool
  private let segmentSteps: Int
  private let rows: Int
  /// The states of which not all steps are in memory, those that reach furthest back first.
  private let states: [(operand: Operand, width: Int)]
  /// The derivatives by states that are handed from segment to segment.
  private let carries: [(operand: Operand, width: Int)]
  /// By segment: the states before it, one after the other.
  private let beginnings: FloatBuffer
  private let beginningSize: Int

  /// Numbers in memory.
  var size: Int { beginnings.count }

  init(plan: Plan, bases: [UnsafeMutablePointer<Float>]) {
    hasSegments = plan.segmentSteps != nil
    segmentSteps = plan.segmentSteps ?? .max
    rows = plan.rows
    func operand(_ placement: Placement) -> Operand {
      Operand(placement, regions: plan.regions, bases: bases, rows: plan.rows)
    }
    let widths = plan.program.states.map(\.width)
    states = plan.statesByAge.compactMap { index in
      let operand = operand(plan.states[index])
      return operand.isSegmented || operand.takesTurns ? (operand, widths[index]) : nil
    }
    carries = zip(plan.carries, widths).compactMap { carry, width in
      guard let operand = carry.map(operand), operand.isSegmented else { return nil }
      return (operand, width)
    }
    beginningSize = states.reduce(0) { $0 + $1.width } * plan.rows
    let count = plan.segmentSteps.map { (plan.steps + $0 - 1) / $0 } ?? 0
    beginnings = FloatBuffer(count: count * beginningSize)
  }

  /// Where the segment with `step` ends, or `limit` if that is earlier.
  func end(after step: Int, limit: Int) -> Int {
    min((step / segmentSteps + 1) &* segmentSteps, limit)
  }

  /// Where the segment that holds the step before `step` begins.
  func start(before step: Int) -> Int { (step - 1) / segmentSteps * segmentSteps }

  /// Comes to `step`: where a segment begins, the states before it become those in memory.
  func enter(_ step: Int) {
    guard hasSegments, step % segmentSteps == 0 else { return }
    if step > 0 {
      precondition(step == origin + segmentSteps, "segments run one after the other")
      for (state, width) in states {
        state.address(step, step).update(from: state.address(step, origin), count: rows * width)
      }
    }
    origin = step
    var place = beginnings.pointer + step / segmentSteps * beginningSize
    for (state, width) in states {
      place.update(from: state.address(step, step), count: rows * width)
      place += rows * width
    }
  }

  /// Checks that the forward pass has just come to `step`.
  func require(_ step: Int) {
    precondition(
      !hasSegments || step == 0 || origin == start(before: step),
      "with segments, the backward pass follows a forward pass of as many steps")
  }

  /// Goes back to the segment before the one in memory: brings back the states before it, and hands over
  /// the derivatives by the states after it.
  func goBack() {
    let start = origin - segmentSteps
    for (carry, width) in carries {
      carry.address(origin, start).update(from: carry.address(origin, origin), count: rows * width)
    }
    var place = beginnings.pointer + start / segmentSteps * beginningSize
    for (state, width) in states {
      state.address(start, start).update(from: place, count: rows * width)
      place += rows * width
    }
    origin = start
  }
}
