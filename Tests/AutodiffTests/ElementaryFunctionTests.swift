import CKernels
import Foundation
import Tensor
import Testing

/// Applies one instruction of the fused kernels to sequences of numbers.
func fused(
  _ operation: Int, _ operands: [[Float]], x: Float = 0, y: Float = 0, width: Int = 100
) -> [Float] {
  let count = operands[0].count
  precondition(count % width == 0 && operands.count <= 3)
  let out = FloatBuffer(count: count)
  let sources = operands.map { FloatBuffer($0) }
  var registers = [
    metarl_register(
      kind: Int32(METARL_STORE_ROWS), stride: Int64(width), memory: out.pointer)
  ]
  for source in sources {
    registers.append(
      .init(kind: Int32(METARL_LOAD_ROWS), stride: Int64(width), memory: source.pointer))
  }
  func register(_ index: Int) -> UInt16 { UInt16(index < sources.count ? index + 1 : 0) }
  var instruction = metarl_instruction(
    operation: UInt16(operation), destination: 0, a: register(0), b: register(1),
    c: register(2), x: x, y: y)
  let scratch = FloatBuffer(count: registers.count * Int(METARL_TILE))
  metarl_fused_run(
    &instruction, 1, registers, Int32(registers.count), scratch.pointer, Int32(count / width),
    Int32(width))
  return withExtendedLifetime(sources) { out.array }
}

/// The vectorised elementary functions against the C library in double precision.
@Suite struct ElementaryFunctionTests {
  /// `count` numbers from `low` to `high`, both included.
  static func range(_ low: Float, _ high: Float, _ count: Int) -> [Float] {
    (0..<count).map { Float(Double(low) + Double(high - low) * Double($0) / Double(count - 1)) }
  }

  /// Positive numbers of every order of magnitude.
  static func magnitudes(_ low: Float, _ high: Float, _ count: Int) -> [Float] {
    let (first, last) = (low.bitPattern, high.bitPattern)
    return (0..<count).map {
      Float(bitPattern: first + UInt32(UInt64(last - first) * UInt64($0) / UInt64(count - 1)))
    }
  }

  /// The largest distance in units of the last place of the exact result.
  static func ulps(_ x: [Float], _ y: [Float], _ exact: (Double) -> Double) -> Double {
    zip(x, y).map { x, y in
      let exact = exact(Double(x))
      let place = max(Float(abs(exact)).ulp, Float.leastNormalMagnitude.ulp)
      return abs(Double(y) - exact) / Double(place)
    }.max() ?? .nan
  }

  static let count = 1_000_000

  @Test func exponential() {
    let x = Self.range(-87.3, 88.3, Self.count)
    let error = Self.ulps(x, fused(Int(METARL_EXP), [x])) { Foundation.exp($0) }
    #expect(error < 1.5, "\(error) ulp")
    #expect(fused(Int(METARL_EXP), [[0, -0.0]], width: 2) == [1, 1])
  }

  @Test func exponentialOfLargeNumbersStaysFinite() {
    let y = fused(Int(METARL_EXP), [[-1000, -.infinity, 1000, .infinity]], width: 4)
    #expect(y[0] < 1.2e-38 && y[0] >= 0 && y[1] == y[0])
    #expect(y[2] > 2e38 && y[2].isFinite && y[3] == y[2])
  }

  @Test func logarithm() {
    let x = Self.magnitudes(.leastNormalMagnitude, .greatestFiniteMagnitude, Self.count)
    let error = Self.ulps(x, fused(Int(METARL_LOG), [x])) { Foundation.log($0) }
    #expect(error < 1.5, "\(error) ulp")
    let near = Self.range(0.5, 2, Self.count)
    let nearError = Self.ulps(near, fused(Int(METARL_LOG), [near])) { Foundation.log($0) }
    #expect(nearError < 1.5, "\(nearError) ulp near 1")
    let special = fused(Int(METARL_LOG), [[0, .infinity, 1, -1]], width: 4)
    #expect(special[..<3] == [-.infinity, .infinity, 0])
    #expect(special[3].isNaN)
  }

  @Test func hyperbolicTangent() {
    for x in [Self.range(-12, 12, Self.count), Self.range(-0.5, 0.5, Self.count)] {
      let y = fused(Int(METARL_TANH), [x])
      let error = zip(x, y).map { abs(Foundation.tanh(Double($0)) - Double($1)) }.max() ?? .nan
      #expect(error < 3e-7, "\(error)")
      #expect(y.allSatisfy { abs($0) <= 1 }, "a tanh beyond 1 turns its derivative negative")
    }
    // Odd, to the bit, and exact to a few places near zero.
    let x = Self.magnitudes(1e-6, 20, Self.count)
    let y = fused(Int(METARL_TANH), [x])
    #expect(fused(Int(METARL_TANH), [x.map { -$0 }]) == y.map { -$0 })
    let relative = Self.ulps(x, y) { Foundation.tanh($0) }
    #expect(relative < 5, "\(relative) ulp")
    #expect(fused(Int(METARL_TANH), [[0, .infinity]], width: 2)[0] == 0)
  }

  @Test func logistic() {
    let x = Self.range(-86, 86, Self.count)
    let y = fused(Int(METARL_SIGMOID), [x])
    let error = Self.ulps(x, y) { 1 / (1 + Foundation.exp(-$0)) }
    #expect(error < 3, "\(error) ulp")
    #expect(y.allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(fused(Int(METARL_SIGMOID), [[0, 1000]], width: 2) == [0.5, 1])
  }

  @Test func sineAndCosine() {
    for (limit, tolerance) in [(7, 1e-7), (1000, 1e-7)] as [(Float, Double)] {
      let x = Self.range(-limit, limit, Self.count)
      for (operation, exact) in [
        (Int(METARL_SINE), { Foundation.sin($0) }), (Int(METARL_COSINE), { Foundation.cos($0) }),
      ] as [(Int, (Double) -> Double)] {
        let y = fused(operation, [x])
        let error = zip(x, y).map { abs(exact(Double($0)) - Double($1)) }.max() ?? .nan
        #expect(error < tolerance, "\(error) within ±\(limit)")
        #expect(y.allSatisfy { abs($0) <= 1 })
      }
    }
    // Near zero exact to a few places; far away at least bounded.
    let small = Self.magnitudes(1e-6, 0.5, Self.count)
    let relative = Self.ulps(small, fused(Int(METARL_SINE), [small])) { Foundation.sin($0) }
    #expect(relative < 2, "\(relative) ulp")
    let far = Self.magnitudes(1e3, 3e38, Self.count)
    #expect(fused(Int(METARL_SINE), [far]).allSatisfy { abs($0) <= 1.0001 })
    #expect(fused(Int(METARL_COSINE), [[0, -0.0]], width: 2) == [1, 1])
  }

  @Test(arguments: [1, 3, 15, 16, 17, 100, 511, 512, 513, 1200])
  func resultsDoNotDependOnTheWidth(_ width: Int) {
    let x = (0..<width * 24).map { Float($0 % 977) / 90 - 5 }
    for operation in [METARL_EXP, METARL_TANH, METARL_SIGMOID, METARL_COSINE].map({ Int($0) }) {
      #expect(
        fused(operation, [x], width: width) == fused(operation, [x], width: x.count), "\(operation)"
      )
    }
  }

  /// The guard against numbers that are not finite looks at results: none may hide one.
  @Test func notANumberPassesThrough() {
    let unary = [
      METARL_COPY, METARL_AFFINE, METARL_SIGMOID, METARL_TANH, METARL_EXP, METARL_LOG,
      METARL_SQUARE_ROOT, METARL_SQUARE, METARL_ABSOLUTE, METARL_CLAMP, METARL_SINE,
      METARL_COSINE,
    ]
    for operation in unary.map({ Int($0) }) {
      let y = fused(operation, [[1, .nan, 2]], x: -1, y: 1, width: 3)
      #expect(y[1].isNaN && !y[0].isNaN && !y[2].isNaN, "instruction \(operation): \(y)")
    }
    let binary = [
      METARL_ADD, METARL_SUBTRACT, METARL_MULTIPLY, METARL_DIVIDE, METARL_MINIMUM, METARL_MAXIMUM,
    ]
    for operation in binary.map({ Int($0) }) {
      let y = fused(operation, [[1, .nan, 2], [.nan, 1, 2]], width: 3)
      #expect(y[0].isNaN && y[1].isNaN && !y[2].isNaN, "instruction \(operation): \(y)")
    }
    let row: [Float] = [1, .nan, 2]
    var largest: Float = 0
    metarl_max_columns(row, 3, &largest, 1, 1, 3)
    #expect(largest.isNaN)
  }

  @Test func clampIsExact() {
    let x: [Float] = [-2, -1, -0.5, 0, 0.5, 1, 2, .infinity, -.infinity, 1.0000001]
    #expect(
      fused(Int(METARL_CLAMP), [x], x: -1, y: 1, width: 10)
        == [-1, -1, -0.5, 0, 0.5, 1, 1, 1, -1, 1])
    #expect(
      fused(
        Int(METARL_CLAMP_GRADIENT), [Array(repeating: 3, count: 10), x], x: -1, y: 1, width: 10)
        == [0, 0, 3, 3, 3, 0, 0, 0, 0, 0])
  }
}
