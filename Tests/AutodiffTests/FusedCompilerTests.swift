import Autodiff
import CKernels
import Tensor
import Testing

/// Machine code for fused groups has the bits of the interpreter, which other tests hold against the
/// C library and the reference executor.
@Suite struct FusedCompilerTests {
  /// How an operand is laid out in memory.
  enum Layout: CaseIterable {
    case rows, gaps, vector, splat

    var kind: Int {
      switch self {
      case .rows, .gaps: METARL_LOAD_ROWS
      case .vector: METARL_LOAD_VECTOR
      case .splat: METARL_LOAD_SPLAT
      }
    }
  }

  static let special: [Float] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNormalMagnitude,
    -.leastNormalMagnitude, .pi, 0.5, -0.5, 88, -88, 1e-30,
  ]

  /// Numbers of all sizes, every fourth of them special.
  static func numbers(_ count: Int, seed: UInt64) -> FloatBuffer {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    return FloatBuffer(
      (0..<count).map { _ in
        let draw = next()
        if draw % 4 == 0 { return special[Int(draw >> 8) % special.count] }
        let size = Float(sign: .plus, exponent: Int((draw >> 8) % 12) - 6, significand: 1)
        return (Float(draw >> 40) / Float(1 << 23) - 1) * size
      })
  }

  /// The output of both ways for a group of `instructions` on three operands; nil where there is no
  /// machine code.
  static func run(
    _ instructions: [metarl_instruction], layout: Layout, scratchRegisters: Int = 0, rows: Int,
    width: Int
  ) -> (interpreted: [UInt32], compiled: [UInt32])? {
    let stride = layout == .gaps ? width + 5 : width
    let sources = (0..<3).map { numbers(rows * stride + 64, seed: UInt64($0 + width * 7)) }
    func outcome(_ runs: ([metarl_register]) -> Bool) -> [UInt32]? {
      let out = FloatBuffer(Array(repeating: 7, count: rows * stride + 64))
      var registers = [
        metarl_register(
          kind: Int32(METARL_STORE_ROWS), stride: Int64(stride), memory: out.pointer)
      ]
      for source in sources {
        registers.append(
          .init(kind: Int32(layout.kind), stride: Int64(stride), memory: source.pointer))
      }
      registers += Array(
        repeating: .init(kind: Int32(METARL_SCRATCH), stride: 0, memory: nil),
        count: scratchRegisters)
      // Every NaN counts as the same: which one arises is left to the processor.
      return runs(registers) ? out.array.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } : nil
    }
    let interpreted = outcome { registers in
      let scratch = FloatBuffer(count: registers.count * Int(METARL_TILE))
      metarl_fused_run(
        instructions, Int32(instructions.count), registers, Int32(registers.count),
        scratch.pointer, Int32(rows), Int32(width))
      return true
    }
    let compiled = outcome { registers in
      guard
        let code = metarl_compile(
          instructions, Int32(instructions.count), registers, Int32(registers.count), Int32(width))
      else { return false }
      metarl_compiled_run(code, registers, Int64(rows))
      metarl_compiled_free(code)
      return true
    }
    return withExtendedLifetime(sources) { compiled.map { (interpreted!, $0) } }
  }

  static func instruction(
    _ operation: Int, _ destination: UInt16 = 0, _ a: UInt16 = 1, _ b: UInt16 = 2, _ c: UInt16 = 3,
    x: Float = 0.75, y: Float = 1.5
  ) -> metarl_instruction {
    .init(operation: UInt16(operation), destination: destination, a: a, b: b, c: c, x: x, y: y)
  }

  /// All but sine and cosine, which have no machine code.
  static let operations = (Int(METARL_COPY)...Int(METARL_ARCTANGENT_GRADIENT)).filter {
    $0 != METARL_SINE && $0 != METARL_COSINE
  }
  /// Whether this machine runs machine code at all.
  static let isAvailable = metarl_best_product_kernels() != METARL_PRODUCTS_BASELINE

  @Test(.enabled(if: isAvailable), arguments: operations)
  func everyInstructionHasTheBitsOfTheInterpreter(_ operation: Int) throws {
    for layout in Layout.allCases {
      // Full vectors of 8 and 16, remainders, and rows shorter than a vector.
      for width in [1, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 23, 24, 31, 50, 100, 700] {
        let rows = 3
        let outcome = Self.run(
          [Self.instruction(operation)], layout: layout, rows: rows, width: width)
        guard let outcome else {
          #expect(width < 4 && layout != .rows, "no machine code for width \(width), \(layout)")
          continue
        }
        #expect(outcome.compiled == outcome.interpreted, "width \(width), \(layout)")
      }
    }
  }

  @Test(.enabled(if: isAvailable))
  func groupsWithMoreValuesThanRegistersAgree() throws {
    // Forty values that are all needed at the end.
    let count: UInt16 = 40
    var instructions = (0..<count).map {
      Self.instruction(Int(METARL_AFFINE), 4 + $0, 1 + $0 % 3, x: Float($0) * 0.1 - 2, y: 0.3)
    }
    instructions.append(Self.instruction(Int(METARL_FILL), 0, 0, 0, 0, x: 0.5))
    for value in 0..<count {
      instructions.append(Self.instruction(Int(METARL_MULTIPLY_ADD), 0, 0, 2, 4 + value))
    }
    let outcome = try #require(
      Self.run(
        instructions, layout: .gaps, scratchRegisters: Int(count), rows: 17, width: 45))
    #expect(outcome.compiled == outcome.interpreted)
  }

  @Test func sineAndRaggedRowsAreLeftToTheInterpreter() {
    #expect(
      Self.run([Self.instruction(Int(METARL_SINE))], layout: .rows, rows: 2, width: 32) == nil)
    #expect(
      Self.run([Self.instruction(Int(METARL_ADD))], layout: .gaps, rows: 2, width: 2) == nil)
  }

  /// A whole training step of a gated cell, forward and backward, both ways.
  @Test(arguments: [1, 5, 64])
  func executorsAgree(rows: Int) {
    let sample = RecurrentSample(rows: rows, steps: 12)
    func outcome(_ elementwise: Executor.Elementwise) -> [UInt32] {
      let executor = RecurrentSample.executor(rows: [rows], steps: 12, elementwise: elementwise)
      sample.load(into: executor)
      let shard = executor.shards[0]
      shard.forward(0..<12)
      shard.backward(12)
      return (shard.everything(steps: 12) + shard.derivatives(steps: 12)).map(\.bitPattern)
    }
    #expect(outcome(.automatic) == outcome(.interpreted))
  }
}
