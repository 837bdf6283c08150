import CKernels
import Tensor

/// A fixed part of the batch with its own memory: it runs forward and backward without asking anyone.
///
/// Sequences are time-major: the number at step t, row r, column c of a port of width w is
/// `pointer[(t · rows + r) · w + c]`.
public final class Shard {
  /// Rows of this part of the batch.
  public let rows: Int
  /// The largest number of steps.
  public let steps: Int
  /// Numbers in a row of each state, in the order of the states' indices.
  public let stateWidths: [Int]
  /// The states in the order of their indices.
  public var states: [Program.State] { plan.program.states }
  /// The inputs that are noise.
  let noises: [Program.Port]
  /// Numbers that the memory of values and remembered states holds.
  public var memorySize: Int { arena.count + segments.size }

  private let plan: Plan
  private let layout: ParameterLayout
  private let statesByAge: [Int]
  private let arena: FloatBuffer
  private let gradientBuffer: FloatBuffer
  private let scratch: FloatBuffer
  private let bases: [UnsafeMutablePointer<Float>]
  private let memory: CallMemory
  private let segments: SegmentMemory
  /// By state: where it is before the first step if its steps take turns; nil where each has its place.
  private let beginnings: [UnsafeMutablePointer<Float>?]
  /// Where the last forward pass ended.
  private var latestStep = 0
  private let totals: OutputTotals
  private let kernels: ProductKernels

  init(
    plan: Plan, parameters: ParameterStore, packed: PackedWeights, kernels: ProductKernels
  ) {
    self.plan = plan
    self.kernels = kernels
    rows = plan.rows
    steps = plan.steps
    stateWidths = plan.program.states.map(\.width)
    noises = plan.program.noises
    // Regions begin on cache lines.
    var starts: [Int] = []
    var size = 0
    for region in plan.regions {
      starts.append(size)
      size += (region.slots * plan.rows * region.width + 31) / 16 * 16
    }
    let arena = FloatBuffer(count: size)
    self.arena = arena
    let bases = zip(plan.regions, starts).map { region, start in
      arena.pointer + start + region.lead * plan.rows * region.width
    }
    self.bases = bases
    beginnings = plan.states.map { placement in
      let region = plan.regions[placement.region]
      guard case .ring = region.lifetime else { return nil }
      return bases[placement.region] - plan.rows * region.width
    }
    layout = parameters.layout
    statesByAge = plan.statesByAge
    gradientBuffer = FloatBuffer(count: plan.backward == nil ? 0 : layout.storage)
    memory = CallMemory(
      plan: plan, bases: bases, parameters: parameters.values, packed: packed,
      gradient: gradientBuffer.pointer)
    scratch = memory.scratch
    segments = SegmentMemory(plan: plan, bases: bases)
    totals = OutputTotals(plan: plan) {
      Operand($0, regions: plan.regions, bases: bases, rows: plan.rows)
    }
    resetStates()
    quietNoise()
  }

  /// What the products did since it was last set.
  public var operations: SynapticOperations {
    get { memory.operations.pointee }
    set { memory.operations.pointee = newValue }
  }

  // MARK: Ports

  /// `[steps × rows × width]` of an input.
  public func input(_ name: String) -> UnsafeMutablePointer<Float> {
    bases[plan.inputs[plan.program.input(name)].region]
  }

  /// `[rows × width]` of an input at `step`.
  public func input(_ name: String, step: Int) -> UnsafeMutablePointer<Float> {
    input(name) + step * rows * inputWidth(name)
  }

  /// Numbers in a row of an input.
  public func inputWidth(_ name: String) -> Int {
    plan.program.inputs[plan.program.input(name)].width
  }

  /// `[rows × width]` of an output at `step`; rows are `outputStride` apart.
  public func output(_ name: String, step: Int = 0) -> UnsafePointer<Float> {
    let output = plan.program.output(name)
    precondition(!plan.totals.contains(output), "of \(name) only the total is kept")
    let placement = plan.outputs[output]
    return UnsafePointer(operand(placement).address(step, 0))
  }

  /// Numbers between two rows of an output.
  public func outputStride(_ name: String) -> Int {
    plan.regions[plan.outputs[plan.program.output(name)].region].width
  }

  /// `[width]`: the sum of an output named among the totals over all rows and the steps that ran
  /// forward since step 0.
  public func total(_ name: String) -> UnsafeBufferPointer<Double> {
    totals[plan.program.output(name)]
  }

  /// `[rows × width]` of a state before `step`; `step` may be `steps`, for the state after the last.
  ///
  /// A state that remembers an input or another state is the memory of that; change states of the
  /// first step only. With segments, only the first step and those since the last segment began are there. Where
  /// the executor does not keep states, only the first step and the last that ran forward are.
  public func state(_ index: Int, step: Int = 0) -> UnsafeMutablePointer<Float> {
    if let beginning = beginnings[index] {
      if step == 0 { return beginning }
      precondition(
        step >= latestStep - 1,
        "\(states[index].name) before step \(step) is not in memory any more")
    }
    return operand(plan.states[index]).address(step, step == 0 ? 0 : segments.origin)
  }

  /// `[steps × rows × width]`: where the derivative of the objective by an output goes.
  public func cotangent(_ name: String) -> UnsafeMutablePointer<Float> {
    let (output, region) = objective(name)
    precondition(!plan.totals.contains(output), "the derivative by \(name) is that by its total")
    return bases[region]
  }

  /// Sets the derivative of the objective by the total of an output.
  ///
  /// - Parameter gradient: `[width]`.
  public func setTotalCotangent(_ name: String, to gradient: [Float]) {
    let (output, region) = objective(name)
    precondition(plan.totals.contains(output), "\(name) was not named among the totals")
    let (slots, width) = (plan.regions[region].slots, plan.regions[region].width)
    precondition(gradient.count == width, "\(gradient.count) numbers are not the width of \(name)")
    for row in 0..<slots * rows {
      (bases[region] + row * width).update(from: gradient, count: width)
    }
  }

  private func objective(_ name: String) -> (output: Int, region: Int) {
    let output = plan.program.output(name)
    guard let placement = plan.cotangents[output] else {
      preconditionFailure("\(name) was not named as an objective")
    }
    return (output, placement.region)
  }

  /// `[rows × width]`: before `backward`, at the number of steps run, the derivative by the last
  /// state; after it, at 0, the derivative by the first.
  ///
  /// States that remember others have one only if the executor was asked for it, see ``Executor``.
  public func stateGradient(_ index: Int, step: Int) -> UnsafeMutablePointer<Float> {
    guard let placement = plan.carries[index] else {
      preconditionFailure(
        "derivatives by \(states[index].name) need an executor that givesStateGradients")
    }
    return operand(placement).address(step, step == 0 ? 0 : segments.origin)
  }

  /// `[steps × rows × width]` of the derivative by an input, nil where it is zero.
  public func inputGradient(_ name: String) -> UnsafePointer<Float>? {
    guard let placement = plan.inputGradients[plan.program.input(name)] else { return nil }
    return UnsafePointer(operand(placement).address(0, 0))
  }

  /// The derivative by the parameters, in the order of their layout.
  public var gradient: UnsafeMutablePointer<Float> { gradientBuffer.pointer }

  private func operand(_ placement: Placement) -> Operand {
    Operand(placement, regions: plan.regions, bases: bases, rows: rows)
  }

  // MARK: Running

  /// Sets the states before the first step to their initial values.
  public func resetStates() {
    for (index, state) in plan.program.states.enumerated() {
      self.state(index).update(repeating: state.initial, count: rows * state.width)
    }
  }

  /// Sets the states before the first step of each row with one that is not finite to their initial values.
  public func resetBrokenStates() {
    let states = plan.program.states
    for row in 0..<rows {
      let isBroken = states.indices.contains { index in
        let width = states[index].width
        return (row * width..<(row + 1) * width).contains { !state(index)[$0].isFinite }
      }
      guard isBroken else { continue }
      for (index, state) in states.enumerated() {
        (self.state(index) + row * state.width).update(repeating: state.initial, count: state.width)
      }
    }
  }

  /// Runs steps `range` forward. States before the first step of the range must be there.
  public func forward(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= steps, "steps \(range) do not fit")
    let mode = metarl_flush_subnormals()
    if range.lowerBound == 0 {
      totals.clear()
      beginStates()
    }
    latestStep = range.upperBound
    var start = range.lowerBound
    while start < range.upperBound {
      let end = segments.end(after: start, limit: range.upperBound)
      segments.enter(start)
      advance(start..<end, isRepetition: false)
      start = end
    }
    metarl_restore_subnormals(mode)
  }

  /// Takes the states before the first step to where the first step looks for them.
  private func beginStates() {
    for (index, beginning) in beginnings.enumerated() {
      guard let beginning else { continue }
      operand(plan.states[index]).address(0, 0).update(
        from: beginning, count: rows * stateWidths[index])
    }
  }

  /// Runs steps of one segment forward, block by block: for the first time, or again for the backward
  /// pass.
  private func advance(_ range: Range<Int>, isRepetition: Bool) {
    let origin = segments.origin
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min((start / plan.blockSteps + 1) * plan.blockSteps, range.upperBound)
      let blockRows = (end - start) * rows
      memory.forward(.before, step: start, origin: origin, rows: blockRows, kernels)
      for step in start..<end {
        memory.forward(.within, step: step, origin: origin, rows: rows, kernels)
      }
      memory.forward(.after, step: start, origin: origin, rows: blockRows, kernels)
      if !isRepetition { totals.add(step: start, origin: origin, rows: blockRows) }
      start = end
    }
  }

  /// Runs one step of an executor with a single step, and makes its states those before the next.
  public func advance() {
    forward(0..<1)
    carryStates(from: 1)
  }

  /// Makes the states before `step` those before the first step.
  public func carryStates(from step: Int) {
    // What reaches furthest back goes first, or it would be overwritten where memory is shared.
    for index in statesByAge {
      state(index, step: 0).update(
        from: state(index, step: step), count: rows * stateWidths[index])
    }
  }

  /// Runs steps `0 ..< count` backward: sets `gradient` from the cotangents. The derivative by the
  /// states after the last step is taken as zero unless `keepsLastStateGradient`. With segments, the
  /// states after the last step are gone afterwards.
  public func backward(_ count: Int, keepsLastStateGradient: Bool = false) {
    precondition(plan.backward != nil, "the executor was made without objectives")
    precondition(count >= 0 && count <= steps, "\(count) steps do not fit")
    precondition(
      !keepsLastStateGradient || plan.carries.allSatisfy { $0 != nil },
      "derivatives by last states need an executor that givesStateGradients")
    let mode = metarl_flush_subnormals()
    gradientBuffer.clear()
    if !keepsLastStateGradient {
      for (index, state) in states.enumerated() where plan.carries[index] != nil {
        stateGradient(index, step: count).update(repeating: 0, count: rows * state.width)
      }
    }
    for (placement, reach) in plan.remembered {
      let (place, width) = (operand(placement), plan.regions[placement.region].width)
      for step in count..<count + reach {
        place.address(step, 0).update(repeating: 0, count: rows * width)
      }
    }
    segments.require(count)
    var end = count
    while end > 0 {
      let start = segments.start(before: end)
      if end < count {
        segments.goBack()
        advance(start..<end, isRepetition: true)
      }
      retreat(start..<end)
      end = start
    }
    for matrix in layout.unfolded { matrix.fold(gradient) }
    metarl_restore_subnormals(mode)
  }

  /// Runs steps of one segment backward, block by block.
  private func retreat(_ range: Range<Int>) {
    let origin = segments.origin
    var end = range.upperBound
    while end > range.lowerBound {
      let start = (end - 1) / plan.blockSteps * plan.blockSteps
      let blockRows = (end - start) * rows
      memory.backward(.before, step: start, origin: origin, rows: blockRows, kernels)
      for step in (start..<end).reversed() {
        memory.backward(.within, step: step, origin: origin, rows: rows, kernels)
      }
      memory.backward(.after, step: start, origin: origin, rows: blockRows, kernels)
      end = start
    }
  }
}
