import CKernels
import Tensor
import Testing

/// The packed matrix products of every instruction set of this machine against plain loops in double
/// precision.
@Suite struct ProductKernelTests {
  static let sets = (0...metarl_best_product_kernels().rawValue).map {
    metarl_product_kernels(rawValue: $0)
  }

  /// A sum of products with everything a call can have.
  struct Case {
    var kernels: metarl_product_kernels
    var m: Int
    var n: Int
    /// Numbers in a row of each source.
    var k: [Int]
    var hasBias = true
    var hasAddend = true
    /// Numbers between the end of a row and the beginning of the next.
    var gap = 0
  }

  struct Numbers {
    var sources: [[Float]]
    var matrices: [[Float]]
    var bias: [Float]
    var addend: [Float]

    init(_ shape: Case, random: inout RandomStream) {
      func draw(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform(-1, 1) } }
      sources = shape.k.map { draw(shape.m * ($0 + shape.gap)) }
      matrices = shape.k.map { draw($0 * shape.n) }
      bias = draw(shape.n)
      addend = draw(shape.m * (shape.n + shape.gap))
    }

    /// The kernel's result for rows `rows`, and whether it left the gaps alone.
    func product(_ shape: Case, rows: Range<Int>) -> (result: [Float], isTidy: Bool) {
      let n = shape.n
      let depth = shape.k.reduce(0, +)
      let packed = FloatBuffer(count: Int(metarl_packed_size(Int32(depth), Int32(n))))
      var first = 0
      for (matrix, k) in zip(matrices, shape.k) {
        metarl_pack(
          shape.kernels, matrix, Int64(n), 1, Int32(first), Int32(k), Int32(depth), Int32(n),
          packed.pointer)
        first += k
      }
      let buffers = sources.map { FloatBuffer($0) }
      let sources = zip(buffers, shape.k).map { buffer, k in
        metarl_source(
          rows: UnsafePointer(buffer.pointer + rows.lowerBound * (k + shape.gap)),
          stride: Int64(k + shape.gap), k: Int32(k))
      }
      let stride = n + shape.gap
      let out = FloatBuffer(Array(repeating: 77, count: rows.count * stride))
      let added = FloatBuffer(addend)
      metarl_product(
        shape.kernels, sources, Int32(sources.count), packed.pointer, Int32(n),
        shape.hasBias ? bias : nil,
        shape.hasAddend ? UnsafePointer(added.pointer + rows.lowerBound * stride) : nil,
        Int64(stride), out.pointer, Int64(stride), Int32(rows.count))
      return withExtendedLifetime((buffers, added)) {
        let all = out.array
        let result = rows.indices.flatMap { row -> ArraySlice<Float> in
          let start = (row - rows.lowerBound) * stride
          return all[start..<start + n]
        }
        let isTidy = all.indices.allSatisfy { $0 % stride < n || all[$0] == 77 }
        return (result, isTidy)
      }
    }

    /// The largest error, in units of 2⁻²⁴ times the sum of the terms' magnitudes.
    func error(_ result: [Float], _ shape: Case) -> Double {
      var worst = 0.0
      for row in 0..<shape.m {
        for column in 0..<shape.n {
          var (sum, size) = (0.0, 0.0)
          func add(_ term: Double) { (sum, size) = (sum + term, size + abs(term)) }
          if shape.hasBias { add(Double(bias[column])) }
          if shape.hasAddend { add(Double(addend[row * (shape.n + shape.gap) + column])) }
          for (index, k) in shape.k.enumerated() {
            for i in 0..<k {
              add(
                Double(sources[index][row * (k + shape.gap) + i])
                  * Double(matrices[index][i * shape.n + column]))
            }
          }
          worst = max(worst, abs(Double(result[row * shape.n + column]) - sum) / (size * 0x1p-24))
        }
      }
      return worst
    }
  }

  /// In the units of ``Numbers/error(_:_:)``; what is seen is below 5.
  static let tolerance = 8.0

  @Test(arguments: sets) func everyWidthAndHeight(_ kernels: metarl_product_kernels) {
    var random = (RandomKey(seed: 1) / "product").stream()
    for n in 1...100 {
      for m in n % 7 == 0 ? Array(1...33) : [1, 2, 7, 8, 9, 17, 33] {
        let shape = Case(
          kernels: kernels, m: m, n: n, k: [1 + (m * 31 + n * 17) % 70], hasAddend: m % 2 == 0)
        let numbers = Numbers(shape, random: &random)
        let (result, isTidy) = numbers.product(shape, rows: 0..<m)
        let error = numbers.error(result, shape)
        #expect(error < Self.tolerance && isTidy, "\(shape): \(error)")
      }
    }
  }

  @Test(arguments: sets, 1...70)
  func everyDepthAndManySources(_ kernels: metarl_product_kernels, _ k: Int) {
    var random = (RandomKey(seed: 2) / k).stream()
    for sources in [[k], [k, 3], [1, k, 20, 2]] {
      for (bias, addend) in [(false, false), (true, false), (false, true), (true, true)] {
        let shape = Case(
          kernels: kernels, m: 1 + k % 11, n: 1 + (k * 13) % 67, k: sources, hasBias: bias,
          hasAddend: addend, gap: k % 3)
        let numbers = Numbers(shape, random: &random)
        let (result, isTidy) = numbers.product(shape, rows: 0..<shape.m)
        let error = numbers.error(result, shape)
        #expect(error < Self.tolerance && isTidy, "\(shape): \(error)")
      }
    }
  }

  @Test(arguments: sets, [1, 2, 3, 4, 15, 16, 17, 48, 50, 65, 100])
  func aRowDoesNotDependOnTheOthers(_ kernels: metarl_product_kernels, _ n: Int) {
    var random = (RandomKey(seed: 3) / n).stream()
    let shape = Case(kernels: kernels, m: 33, n: n, k: [37, 5], gap: 2)
    let numbers = Numbers(shape, random: &random)
    let all = numbers.product(shape, rows: 0..<33).result
    for rows in [0..<1, 3..<5, 8..<13, 20..<33, 1..<32] {
      let some = numbers.product(shape, rows: rows).result
      #expect(some == Array(all[rows.lowerBound * n..<rows.upperBound * n]), "rows \(rows)")
    }
  }

  @Test(arguments: sets)
  func packingReadsTransposedMatrices(_ kernels: metarl_product_kernels) {
    let (k, n) = (7, 21)
    let matrix = (0..<k * n).map { Float($0) }
    let transposed = (0..<k * n).map { matrix[$0 % k * n + $0 / k] }
    let size = Int(metarl_packed_size(Int32(k), Int32(n)))
    let (a, b) = (FloatBuffer(count: size), FloatBuffer(count: size))
    metarl_pack(kernels, matrix, Int64(n), 1, 0, Int32(k), Int32(k), Int32(n), a.pointer)
    metarl_pack(kernels, transposed, 1, Int64(k), 0, Int32(k), Int32(k), Int32(n), b.pointer)
    #expect(a.array == b.array)
  }

  @Test(arguments: sets) func outerProducts(_ kernels: metarl_product_kernels) {
    var random = (RandomKey(seed: 4) / "outer").stream()
    for n in 1...100 {
      for (k, rows) in [(1 + n % 70, 1 + n % 33), (1 + (n * 29) % 70, 64), (8, 0)] {
        let (aStride, gStride, stride) = (k + n % 3, n + n % 2, n + n % 4)
        func draw(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform(-1, 1) } }
        let (a, g) = (FloatBuffer(draw(rows * aStride)), FloatBuffer(draw(rows * gStride)))
        let before = draw(k * stride)
        let total = FloatBuffer(before)
        metarl_outer(
          kernels, a.pointer, Int64(aStride), Int32(k), g.pointer, Int64(gStride), Int32(n),
          total.pointer,
          Int64(stride), Int32(rows))
        var worst = 0.0
        for i in 0..<k {
          for j in 0..<stride {
            let result = total.pointer[i * stride + j]
            guard j < n else {
              #expect(result == before[i * stride + j], "the gap was written to")
              continue
            }
            var (sum, size) = (Double(before[i * stride + j]), 1.0)
            for row in 0..<rows {
              let term = Double(a.pointer[row * aStride + i]) * Double(g.pointer[row * gStride + j])
              (sum, size) = (sum + term, size + abs(term))
            }
            worst = max(worst, abs(Double(result) - sum) / (size * 0x1p-24))
          }
        }
        #expect(worst < Self.tolerance, "k \(k), n \(n), rows \(rows): \(worst)")
      }
    }
  }
}
