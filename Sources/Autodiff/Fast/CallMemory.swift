import CKernels
import Tensor

/// The calls of both directions by phase, with every table they point to. Built once.
final class CallMemory {
  let scratch: FloatBuffer
  private let turned: FloatBuffer
  private let marks: UnsafeMutablePointer<UInt32>
  /// What the products did.
  let operations: UnsafeMutablePointer<SynapticOperations>
  private let events: UnsafeMutablePointer<metarl_event>
  private var forwardCalls: [UnsafeMutableBufferPointer<Call>] = []
  private var backwardCalls: [UnsafeMutableBufferPointer<Call>] = []
  private var allocations: [UnsafeMutableRawPointer] = []

  init(
    plan: Plan, bases: [UnsafeMutablePointer<Float>], parameters: UnsafePointer<Float>,
    packed: PackedWeights, gradient: UnsafeMutablePointer<Float>
  ) {
    let kernels = (plan.forwardKernels + plan.backwardKernels).flatMap { $0 }
    let registers = kernels.map { kernel in
      if case .fused(let fused) = kernel { fused.registers.count } else { 0 }
    }
    scratch = FloatBuffer(count: (registers.max() ?? 0) * Int(METARL_TILE))
    // As much as the kernels of events ask for.
    let capacities = kernels.map { kernel in
      switch kernel {
      case .product(let product): product.depth
      case .outer(let outer): outer.maybeSilent ? 16 * plan.rows * plan.blockSteps : 0
      default: 0
      }
    }
    turned = FloatBuffer(count: kernels.map(\.turnedSize).max() ?? 0)
    marks = .allocate(capacity: plan.products.lazy.map(\.columns).max() ?? 0)
    events = .allocate(capacity: capacities.max() ?? 0)
    operations = .allocate(capacity: 1)
    operations.initialize(to: .init())
    func operand(_ placement: Placement) -> Operand {
      Operand(placement, regions: plan.regions, bases: bases, rows: plan.rows)
    }
    let (forwardCount, backwardCount, weightCount) = operations.counters
    func call(_ kernel: Kernel, counter: UnsafeMutablePointer<OperationCount>) -> Call {
      switch kernel {
      case .product(let product):
        let operands = product.terms.map { operand($0.rows) }
        let sources = zip(product.terms, operands).map { term, operand in
          metarl_source(rows: nil, stride: Int64(operand.rowStride), k: Int32(term.k))
        }
        let synapses = product.terms.map { term in
          Optional(packed.matrix(at: term.matrix).lists(isTransposed: term.isTransposed))
        }
        return .product(
          .init(
            sources: keep(sources), operands: keep(operands), terms: keep(product.terms),
            matrices: keep(product.terms.map { Int64($0.matrix.offset) }),
            count: sources.count, depth: product.depth, parameters: parameters,
            packed: packed.pointer + product.packedOffset,
            bias: product.biasOffset.map { parameters + $0 }, addend: product.addend.map(operand),
            out: operand(product.out), columns: product.columns,
            form: packed.form(of: product), synapses: keep(synapses), turned: turned.pointer,
            events: product.maybeSilent ? events : nil,
            demand: demand(product.conditions, operand: operand), counter: counter))
      case .fused(let fused):
        return .fused(self.fused(fused, operand: operand, parameters: parameters))
      case .reduce(let maximum, let from, let width, let to):
        return .reduce(
          maximum: maximum, from: operand(from), width: Int32(width), to: operand(to))
      case .outer(let outer):
        return .outer(
          .init(
            rows: operand(outer.rows), k: outer.matrix.rows, gradient: operand(outer.gradient),
            n: outer.matrix.columns, total: gradient + outer.matrix.offset,
            form: UnsafePointer(packed.matrix(at: outer.matrix).form), turned: turned.pointer,
            events: outer.maybeSilent ? events : nil, counter: weightCount))
      case .addRows(let g, let width, let offset):
        return .addRows(gradient: operand(g), width: Int32(width), total: gradient + offset)
      }
    }
    for phase in Phase.allCases {
      let forward = plan.forwardKernels[phase.rawValue].map { call($0, counter: forwardCount) }
      forwardCalls.append(.init(start: keep(forward), count: forward.count))
      let backward = plan.backwardKernels[phase.rawValue].map { call($0, counter: backwardCount) }
      backwardCalls.append(.init(start: keep(backward), count: backward.count))
    }
  }

  deinit {
    for allocation in allocations { allocation.deallocate() }
    events.deallocate()
    marks.deallocate()
    operations.deallocate()
  }

  @inline(__always)
  func forward(
    _ phase: Phase, step: Int, origin: Int, rows: Int, _ kernels: ProductKernels
  ) {
    for call in forwardCalls[phase.rawValue] {
      call.run(step: step, origin: origin, rows: rows, kernels: kernels)
    }
  }

  @inline(__always)
  func backward(
    _ phase: Phase, step: Int, origin: Int, rows: Int, _ kernels: ProductKernels
  ) {
    for call in backwardCalls[phase.rawValue] {
      call.run(step: step, origin: origin, rows: rows, kernels: kernels)
    }
  }

  /// A copy of `values` that lives as long as this object.
  private func keep<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeMutablePointer<Element>
  {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: max(values.count, 1))
    pointer.initialize(from: values, count: values.count)
    allocations.append(UnsafeMutableRawPointer(pointer))
    return pointer
  }

  private func demand(
    _ conditions: [Kernel.Condition], operand: (Placement) -> Operand
  ) -> Call.DemandCall? {
    guard let last = conditions.last else { return nil }
    let conditions = [conditions[0], last]
    let operands = conditions.map { operand($0.rows) }
    let tests = zip(conditions, operands).map { condition, operand in
      // Subnormal numbers count as zero.
      let (low, high, isOutside) =
        switch condition.test {
        case .isNotZero: (-Float.leastNormalMagnitude, Float.leastNormalMagnitude, true)
        case .isBetween(let low, let high): (low, high, false)
        }
      return metarl_condition(
        rows: nil, stride: Int64(operand.rowStride), low: low, high: high,
        is_outside: isOutside ? 1 : 0)
    }
    return .init(
      conditions: keep(tests), operands: keep(operands),
      stepsBack: conditions.map(\.stepsBack).max()!, marks: marks)
  }

  private func fused(
    _ fused: Kernel.Fused, operand: (Placement) -> Operand, parameters: UnsafePointer<Float>
  ) -> Call.FusedCall {
    var registers = fused.encodedRegisters { operand($0).rowStride }
    var moving: [Int] = []
    var operands: [Operand] = []
    for (index, register) in fused.registers.enumerated() {
      switch register {
      case .scratch: break
      case .loadVector(let offset):
        registers[index].memory = UnsafeMutablePointer(mutating: parameters + offset)
      case .load(let placement), .store(let placement):
        moving.append(index)
        operands.append(operand(placement))
      }
    }
    return .init(
      instructions: keep(fused.encodedInstructions), instructionCount: fused.instructions.count,
      registers: keep(registers), registerCount: registers.count, moving: keep(moving),
      operands: keep(operands), movingCount: moving.count, scratch: scratch.pointer,
      width: Int32(fused.width), code: fused.code?.pointer)
  }
}
