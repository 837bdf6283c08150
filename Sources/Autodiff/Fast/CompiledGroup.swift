import CKernels

/// Machine code of a fused group.
final class CompiledGroup: @unchecked Sendable {
  // The code is never changed, so threads may share it.
  let pointer: OpaquePointer

  fileprivate init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { metarl_compiled_free(pointer) }
}

extension Kernel {
  /// Writes machine code for a fused group, where that is possible and pays.
  mutating func compile(_ regions: [Region]) {
    guard case .fused(var fused) = self else { return }
    let instructions = fused.encodedInstructions
    let registers = fused.encodedRegisters { regions[$0.region].width }
    fused.code = metarl_compile(
      instructions, Int32(instructions.count), registers, Int32(registers.count),
      Int32(fused.width)
    ).map(CompiledGroup.init)
    self = .fused(fused)
  }
}

extension Kernel.Fused {
  /// The instructions as C reads them.
  var encodedInstructions: [metarl_instruction] {
    instructions.map { instruction in
      func register(_ index: Int) -> UInt16 {
        index < instruction.operands.count
          ? UInt16(instruction.operands[index]) : UInt16(instruction.destination)
      }
      return metarl_instruction(
        operation: UInt16(instruction.operation), destination: UInt16(instruction.destination),
        a: register(0), b: register(1), c: register(2), x: instruction.x, y: instruction.y)
    }
  }

  /// The registers as C reads them, without addresses.
  func encodedRegisters(rowStride: (Placement) -> Int) -> [metarl_register] {
    precondition(registers.count <= Int(METARL_MAXIMUM_REGISTERS), "too many values in one group")
    return registers.map { register in
      let (kind, stride) =
        switch register {
        case .scratch: (METARL_SCRATCH, 0)
        case .loadVector: (METARL_LOAD_VECTOR, 0)
        case .load(let placement):
          (placement.isSplat ? METARL_LOAD_SPLAT : METARL_LOAD_ROWS, rowStride(placement))
        case .store(let placement): (METARL_STORE_ROWS, rowStride(placement))
        }
      return metarl_register(kind: Int32(kind), stride: Int64(stride), memory: nil)
    }
  }
}
