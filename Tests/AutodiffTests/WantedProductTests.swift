import CKernels
import Tensor
import Testing

/// Products of which only some numbers are wanted against the packed products: those have the same bits, the
/// others are zero.
@Suite struct WantedProductTests {
  private static let kernels = metarl_best_product_kernels()

  @Test(arguments: [0, 0.02, 0.3, 1] as [Double]) func productsAreTheSame(_ density: Double) {
    var random = (RandomKey(seed: 1) / "wanted").stream()
    for n in [1, 7, 8, 20, 33, 64, 131] {
      for (m, k, gap) in [(1, [5], 0), (3, [40, 1], 2), (8, [17, 3, 64], 1), (5, [8, 256], 0)] {
        let depth = k.reduce(0, +)
        // Matrix s has n rows of k[s] numbers; it is multiplied transposed.
        let weights = FloatBuffer((0..<depth * n + 8).map { _ in random.uniform(-1, 1) })
        let packed = FloatBuffer(count: Int(metarl_packed_size(Int32(depth), Int32(n))))
        let buffers = k.map {
          EventProductTests.rows(m, $0, gap: gap, density: 1, &random)
        }
        var (first, matrices): (Int, [Int64]) = (0, [])
        let sources = zip(buffers, k).map { buffer, k in
          metarl_pack(
            Self.kernels, weights.pointer + first * n, 1, Int64(k), Int32(first), Int32(k),
            Int32(depth), Int32(n), packed.pointer)
          matrices.append(Int64(first * n))
          first += k
          return metarl_source(
            rows: UnsafePointer(buffer.pointer), stride: Int64(k + gap), k: Int32(k))
        }
        // Near the threshold, or with an event.
        let near = FloatBuffer(
          (0..<m * (n + gap) + 8).map { _ in
            random.uniformDouble() < density ? random.uniform(-0.99, 0.99) : random.uniform(1, 2)
          })
        let events = EventProductTests.rows(m, n + 8, gap: 0, density: density / 2, &random)
        let conditions = [
          metarl_condition(
            rows: UnsafePointer(near.pointer), stride: Int64(n + gap), low: -1, high: 1,
            is_outside: 0),
          metarl_condition(
            rows: UnsafePointer(events.pointer), stride: Int64(n + 8),
            low: -.leastNormalMagnitude, high: .leastNormalMagnitude, is_outside: 1),
        ]
        func isWanted(_ row: Int, _ column: Int) -> Bool {
          near.pointer[row * (n + gap) + column] < 1 || events.pointer[row * (n + 8) + column] != 0
        }
        let all = (0..<m).flatMap { row in (0..<n).map { isWanted(row, $0) } }
        #expect(
          metarl_count_wanted(conditions, Int32(n), Int32(m)) == Int64(all.count { $0 }))
        let bias = (0..<n).map { _ in random.uniform(-1, 1) }
        let addend = FloatBuffer((0..<m * n).map { _ in random.uniform(-1, 1) })
        var marks = [Float](repeating: -1, count: n + 15)
        var room = [metarl_event](repeating: .init(), count: n)
        for (hasBias, hasAddend) in [(false, false), (true, false), (false, true), (true, true)] {
          let dense = FloatBuffer(count: m * n)
          // The result may take the place of the addend.
          let wanted = FloatBuffer(addend.array)
          metarl_product(
            Self.kernels, sources, Int32(k.count), packed.pointer, Int32(n), hasBias ? bias : nil,
            hasAddend ? UnsafePointer(addend.pointer) : nil, Int64(n), dense.pointer, Int64(n),
            Int32(m))
          let count = metarl_wanted_product(
            Self.kernels, sources, matrices, Int32(k.count), weights.pointer, conditions, Int32(n),
            hasBias ? bias : nil, hasAddend ? UnsafePointer(wanted.pointer) : nil, Int64(n),
            wanted.pointer, Int64(n), Int32(m), &marks, &room)
          #expect(count == Int64(all.count { $0 }))
          let expected = zip(dense.array, all).map { $1 ? $0 : 0 }
          #expect(wanted.array == expected, "n \(n), m \(m), k \(k)")
        }
        withExtendedLifetime(buffers) {}
      }
    }
  }

  /// Few wanted numbers pay, most do not, whatever the shape.
  @Test func leavingOutPaysBelowSomeDensity() {
    for (depth, n, rows) in [(220, 220, 32), (1536, 512, 1), (384, 128, 64)] {
      func pays(_ density: Double) -> Bool {
        metarl_wanted_pays(
          Int64(density * Double(n * rows)), Int32(depth), Int32(n), Int32(rows)) != 0
      }
      #expect(pays(0.05))
      #expect(!pays(rows == 1 ? 1 : 0.42))
    }
  }
}
