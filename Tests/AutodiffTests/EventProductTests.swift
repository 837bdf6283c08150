import CKernels
import Tensor
import Testing

/// Products from what is not zero against the packed products: the same bits.
@Suite struct EventProductTests {
  /// `rows` rows of `k` numbers with a gap behind each, a part of them not zero.
  static func rows(
    _ rows: Int, _ k: Int, gap: Int, density: Double, _ random: inout RandomStream
  ) -> FloatBuffer {
    FloatBuffer(
      (0..<rows * (k + gap)).map { _ in
        random.uniformDouble() < density ? random.uniform(-1, 1) : 0
      })
  }

  @Test(arguments: ProductKernelTests.sets, [0, 0.02, 0.3, 1] as [Double])
  func productsAreTheSame(_ kernels: metarl_product_kernels, density: Double) {
    var random = (RandomKey(seed: 1) / "events").stream()
    for n in [1, 2, 3, 4, 7, 8, 16, 20, 33, 64, 100, 131, 220] {
      for (m, k, gap) in [
        (1, [5], 0), (3, [40, 1], 2), (8, [17, 3, 64], 1), (13, [9], 0), (45, [16, 7], 1),
      ] {
        let depth = k.reduce(0, +)
        let weights = FloatBuffer((0..<depth * n).map { _ in random.uniform(-1, 1) })
        let packed = FloatBuffer(count: Int(metarl_packed_size(Int32(depth), Int32(n))))
        let buffers = k.map { Self.rows(m, $0, gap: gap, density: density, &random) }
        var (first, matrices): (Int, [Int64]) = (0, [])
        let sources = zip(buffers, k).map { buffer, k in
          metarl_pack(
            kernels, weights.pointer + first * n, Int64(n), 1, Int32(first), Int32(k),
            Int32(depth), Int32(n), packed.pointer)
          matrices.append(Int64(first * n))
          first += k
          return metarl_source(
            rows: UnsafePointer(buffer.pointer), stride: Int64(k + gap), k: Int32(k))
        }
        let bias = (0..<n).map { _ in random.uniform(-1, 1) }
        let addend = FloatBuffer((0..<m * n).map { _ in random.uniform(-1, 1) })
        var events = [metarl_event](repeating: .init(), count: depth)
        for (hasBias, hasAddend) in [(false, false), (true, false), (false, true), (true, true)] {
          let (dense, gathered) = (FloatBuffer(count: m * n), FloatBuffer(count: m * n))
          let added = hasAddend ? UnsafePointer(addend.pointer) : nil
          metarl_product(
            kernels, sources, Int32(k.count), packed.pointer, Int32(n), hasBias ? bias : nil,
            added, Int64(n), dense.pointer, Int64(n), Int32(m))
          metarl_event_product(
            kernels, sources, matrices, Int32(k.count), weights.pointer, Int32(n),
            hasBias ? bias : nil, added, Int64(n), gathered.pointer, Int64(n), Int32(m), &events)
          #expect(dense.array == gathered.array, "n \(n), m \(m), k \(k)")
          // Into the addend itself.
          guard hasAddend else { continue }
          let inPlace = FloatBuffer(addend.array)
          metarl_event_product(
            kernels, sources, matrices, Int32(k.count), weights.pointer, Int32(n),
            hasBias ? bias : nil, inPlace.pointer, Int64(n), inPlace.pointer, Int64(n), Int32(m),
            &events)
          #expect(dense.array == inPlace.array, "in place, n \(n), m \(m), k \(k)")
        }
        withExtendedLifetime(buffers) {}
      }
    }
  }

  @Test(arguments: ProductKernelTests.sets, [0, 0.02, 0.3, 1] as [Double])
  func gradientsAreTheSame(_ kernels: metarl_product_kernels, density: Double) {
    var random = (RandomKey(seed: 2) / "events").stream()
    for n in [1, 2, 3, 4, 5, 8, 16, 20, 33, 64, 100, 131, 220] {
      for (rows, k, gap) in [(1, 5, 0), (20, 41, 2), (64, 8, 1), (33, 150, 0)] {
        let a = Self.rows(rows, k, gap: gap, density: density, &random)
        let g = FloatBuffer((0..<rows * (n + gap)).map { _ in random.uniform(-1, 1) })
        let before = (0..<k * n).map { _ in random.uniform(-1, 1) }
        let (dense, gathered) = (FloatBuffer(before), FloatBuffer(before))
        var events = [metarl_event](repeating: .init(), count: 16 * rows)
        metarl_outer(
          kernels, a.pointer, Int64(k + gap), Int32(k), g.pointer, Int64(n + gap), Int32(n),
          dense.pointer, Int64(n), Int32(rows))
        metarl_event_outer(
          kernels, a.pointer, Int64(k + gap), Int32(k), g.pointer, Int64(n + gap), Int32(n),
          gathered.pointer, Int64(n), Int32(rows), &events)
        #expect(dense.array == gathered.array, "n \(n), k \(k), rows \(rows)")
        if density == 0 { #expect(gathered.array == before) }
      }
    }
  }

  @Test func eventsAreCounted() {
    let a = FloatBuffer([0, 1, 0, -2, 9, 0, -0.0, 0, .nan, 9, 5, 0, 0, 0, 9])
    #expect(metarl_count_events(a.pointer, 5, 4, 3) == 4)
    #expect(metarl_count_events(a.pointer, 5, 4, 0) == 0)
  }

  /// Few events pay, many do not, whatever the shape.
  @Test func gatheringPaysBelowSomeDensity() {
    for (depth, n, rows) in [(300, 220, 128), (512, 1536, 1), (64, 64, 8)] {
      for isOuter in [0, 1] as [Int32] {
        func pays(_ density: Double) -> Bool {
          metarl_events_pay(
            Int64(density * Double(depth * rows)), Int32(depth), Int32(n), Int32(rows), isOuter)
            != 0
        }
        #expect(pays(0.02))
        #expect(rows == 1 || !pays(0.6))
      }
    }
  }
}
