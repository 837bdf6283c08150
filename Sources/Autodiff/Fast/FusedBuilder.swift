import CKernels

/// Writes the instructions of one fused group and shares its registers.
struct FusedBuilder {
  private let members: [Int]
  private let lowering: Lowering
  private let graph: Graph
  private var registers: [Kernel.Fused.Register] = []
  private var instructions: [Kernel.Instruction] = []
  private var free: [Int] = []
  /// Register of each member and source.
  private var registerOfNode: [Int: Int] = [:]
  private var registerOfSource: [Lowering.Source: Int] = [:]
  /// Position of the last member that reads a node.
  private var lastUse: [Int: Int] = [:]
  /// Products that are computed by the sum that uses them.
  private var merged: Set<Int> = []

  init(members: [Int], lowering: Lowering) {
    self.members = members
    self.lowering = lowering
    graph = lowering.schedule.graph
  }

  mutating func build() -> Kernel.Fused {
    findMultiplyAdds()
    for (position, id) in members.enumerated() where !merged.contains(id) {
      for operand in effectiveOperands(of: id) { lastUse[operand] = position }
    }
    for (position, id) in members.enumerated() where !merged.contains(id) {
      emit(id)
      for operand in Set(effectiveOperands(of: id)).sorted() where lastUse[operand] == position {
        guard let register = registerOfNode[operand] else { continue }
        if case .scratch = registers[register] { free.append(register) }
      }
    }
    return Kernel.Fused(
      width: graph[members[0]].width, registers: registers, instructions: instructions)
  }

  /// A group that only copies.
  static func copy(from source: Lowering.Source, to target: Placement, width: Int) -> Kernel.Fused {
    var registers: [Kernel.Fused.Register] = [.store(target)]
    var instruction = Kernel.Instruction(
      operation: Int(METARL_COPY), destination: 0, operands: [1])
    switch source {
    case .memory(let placement): registers.append(.load(placement))
    case .vector(let offset): registers.append(.loadVector(offset))
    case .constant(let value):
      instruction = .init(operation: Int(METARL_FILL), destination: 0, operands: [], x: value)
    }
    return Kernel.Fused(width: width, registers: registers, instructions: [instruction])
  }

  /// Sums with a product that nothing else needs become one instruction.
  private mutating func findMultiplyAdds() {
    var uses: [Int: Int] = [:]
    for id in members { for operand in graph[id].operands { uses[operand, default: 0] += 1 } }
    for id in members where graph[id].operation == .binary(.add) {
      let product = graph[id].operands.last { operand in
        graph[operand].operation == .binary(.multiply) && members.contains(operand)
          && uses[operand] == 1 && lowering.placements[operand] == nil
      }
      if let product { merged.insert(product) }
    }
  }

  /// The merged product among a sum's operands.
  private func mergedProduct(of id: Int) -> Int? {
    guard graph[id].operation == .binary(.add) else { return nil }
    return graph[id].operands.first { merged.contains($0) }
  }

  private func effectiveOperands(of id: Int) -> [Int] {
    guard let product = mergedProduct(of: id) else {
      return graph[id].operation == .straightThrough
        ? [graph[id].operands[0]] : graph[id].operands
    }
    let other = graph[id].operands.first { $0 != product }!
    return graph[product].operands + [other]
  }

  private mutating func emit(_ id: Int) {
    let operands = effectiveOperands(of: id).map { register(of: $0) }
    let destination: Int
    if let placement = lowering.placements[id] {
      registers.append(.store(placement))
      destination = registers.count - 1
    } else {
      destination = scratchRegister()
    }
    registerOfNode[id] = destination
    var instruction = Kernel.Instruction(
      operation: 0, destination: destination, operands: operands)
    if mergedProduct(of: id) != nil {
      instruction.operation = Int(METARL_MULTIPLY_ADD)
    } else {
      encode(graph[id].operation, into: &instruction)
    }
    instructions.append(instruction)
  }

  private mutating func scratchRegister() -> Int {
    if let register = free.popLast() { return register }
    registers.append(.scratch)
    return registers.count - 1
  }

  private mutating func register(of id: Int) -> Int {
    if let register = registerOfNode[id] { return register }
    let source = lowering.source(of: id)
    if let register = registerOfSource[source] { return register }
    let register: Int
    switch source {
    case .memory(let placement):
      registers.append(.load(placement))
      register = registers.count - 1
    case .vector(let offset):
      registers.append(.loadVector(offset))
      register = registers.count - 1
    case .constant(let value):
      // Filled once a tile; never reused, so that every reader finds it.
      registers.append(.scratch)
      register = registers.count - 1
      instructions.append(
        .init(operation: Int(METARL_FILL), destination: register, operands: [], x: value))
    }
    registerOfSource[source] = register
    return register
  }

  private func encode(_ operation: Operation, into instruction: inout Kernel.Instruction) {
    switch operation {
    case .unary(let function):
      switch function {
      case .affine(let scale, let offset):
        (instruction.operation, instruction.x, instruction.y) = (Int(METARL_AFFINE), scale, offset)
      case .clamp(let low, let high):
        (instruction.operation, instruction.x, instruction.y) = (Int(METARL_CLAMP), low, high)
      case .inside(let low, let high):
        (instruction.operation, instruction.x, instruction.y) = (Int(METARL_INSIDE), low, high)
      case .step(let threshold):
        (instruction.operation, instruction.x) = (Int(METARL_STEP), threshold)
      case .spike: (instruction.operation, instruction.x) = (Int(METARL_STEP), 0)
      case .sigmoid: instruction.operation = Int(METARL_SIGMOID)
      case .tanh: instruction.operation = Int(METARL_TANH)
      case .exp: instruction.operation = Int(METARL_EXP)
      case .log: instruction.operation = Int(METARL_LOG)
      case .sine: instruction.operation = Int(METARL_SINE)
      case .cosine: instruction.operation = Int(METARL_COSINE)
      case .squareRoot: instruction.operation = Int(METARL_SQUARE_ROOT)
      case .square: instruction.operation = Int(METARL_SQUARE)
      case .absolute: instruction.operation = Int(METARL_ABSOLUTE)
      case .sign: instruction.operation = Int(METARL_SIGN)
      }
    case .binary(let function):
      switch function {
      case .add: instruction.operation = Int(METARL_ADD)
      case .subtract: instruction.operation = Int(METARL_SUBTRACT)
      case .multiply: instruction.operation = Int(METARL_MULTIPLY)
      case .divide: instruction.operation = Int(METARL_DIVIDE)
      case .minimum: instruction.operation = Int(METARL_MINIMUM)
      case .maximum: instruction.operation = Int(METARL_MAXIMUM)
      case .greater: instruction.operation = Int(METARL_GREATER)
      case .sigmoidGradient: instruction.operation = Int(METARL_SIGMOID_GRADIENT)
      case .tanhGradient: instruction.operation = Int(METARL_TANH_GRADIENT)
      case .clampGradient(let low, let high):
        instruction.operation = Int(METARL_CLAMP_GRADIENT)
        (instruction.x, instruction.y) = (low, high)
      case .spikeGradient(let surrogate):
        instruction.operation = code(of: surrogate.shape)
        (instruction.x, instruction.y) = (surrogate.height, 1 / surrogate.halfWidth)
      }
    case .select: instruction.operation = Int(METARL_SELECT)
    case .stopGradient, .straightThrough: instruction.operation = Int(METARL_COPY)
    default: preconditionFailure("\(operation) is not elementwise")
    }
  }

  private func code(of shape: Surrogate.Shape) -> Int {
    switch shape {
    case .triangle: Int(METARL_TRIANGLE_GRADIENT)
    case .rectangle: Int(METARL_RECTANGLE_GRADIENT)
    case .fastSigmoid: Int(METARL_FAST_SIGMOID_GRADIENT)
    case .logistic: Int(METARL_LOGISTIC_GRADIENT)
    case .arctangent: Int(METARL_ARCTANGENT_GRADIENT)
    }
  }
}
