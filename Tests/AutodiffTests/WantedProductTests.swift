import CKernels
import Tensor
import Testing

/// Products of which only some numbers are wanted, against sums in Double and against themselves with everything
/// wanted: the same bits, whatever else is wanted and however many rows there are; the others are zero.
@Suite struct WantedProductTests {
  /// A product of rows, some sources with gaps, and the transposed matrices that they are multiplied by.
  private final class Sample {
    let (m, n, k, gap): (Int, Int, [Int], Int)
    private let buffers: [FloatBuffer]
    private let matrices: [[Float]]
    private let lines: FloatBuffer
    private let depth: Int
    let bias: [Float]
    let addend: FloatBuffer

    init(_ m: Int, _ n: Int, _ k: [Int], gap: Int, _ random: inout RandomStream) {
      (self.m, self.n, self.k, self.gap) = (m, n, k, gap)
      buffers = k.map { EventProductTests.rows(m, $0, gap: gap, density: 1, &random) }
      matrices = k.map { k in (0..<n * k).map { _ in random.uniform(-1, 1) } }
      bias = (0..<n).map { _ in random.uniform(-1, 1) }
      addend = FloatBuffer((0..<m * n).map { _ in random.uniform(-1, 1) })
      depth = k.reduce(0) { $0 + Int(metarl_line_size(Int32($1))) }
      lines = FloatBuffer((0..<depth * n).map { _ in Float.nan })
      var first = 0
      for (matrix, k) in zip(matrices, k) {
        metarl_pack_lines(matrix, Int32(k), Int32(n), Int64(first), Int64(depth), lines.pointer)
        first += Int(metarl_line_size(Int32(k)))
      }
    }

    /// The result of rows from `first` on, and how many numbers were wanted. The result takes the place of the
    /// addend if there is one.
    func product(
      from first: Int = 0, _ conditions: [metarl_condition]?, hasBias: Bool, hasAddend: Bool
    ) -> (numbers: [Float], count: Int) {
      let sources = zip(buffers, k).map { buffer, k in
        metarl_source(
          rows: UnsafePointer(buffer.pointer) + first * (k + gap), stride: Int64(k + gap),
          k: Int32(k))
      }
      let moved = conditions?.map { condition in
        var condition = condition
        condition.rows += first * Int(condition.stride)
        return condition
      }
      let out = FloatBuffer(addend.array)
      let scratch = FloatBuffer(count: Int(METARL_DOT_ROWS) * depth)
      var marks = [UInt32](repeating: 7, count: n)
      let to = out.pointer + first * n
      let count = metarl_wanted_product(
        sources, Int32(k.count), lines.pointer, moved, Int32(n), hasBias ? bias : nil,
        hasAddend ? UnsafePointer(to) : nil, Int64(n), to, Int64(n), Int32(m - first),
        scratch.pointer, &marks)
      return (Array(out.array[(first * n)...]), Int(count))
    }

    /// The same in Double, number by number, with what rounding may do to it.
    func exact(hasBias: Bool, hasAddend: Bool) -> [(value: Double, error: Double)] {
      (0..<m * n).map { place in
        let (row, j) = (place / n, place % n)
        var terms = [hasBias ? Double(bias[j]) : 0, hasAddend ? Double(addend.pointer[place]) : 0]
        for (s, k) in k.enumerated() {
          for i in 0..<k {
            terms.append(
              Double(buffers[s].pointer[row * (k + gap) + i]) * Double(matrices[s][j * k + i]))
          }
        }
        let size = terms.reduce(0) { $0 + abs($1) }
        return (terms.reduce(0, +), 1e-6 * size)
      }
    }
  }

  private static let shapes = [
    (1, [5], 0), (3, [40, 1], 2), (8, [17, 3, 64], 1), (53, [24], 3), (5, [8, 1100], 0),
  ]

  @Test(arguments: [0, 0.02, 0.3, 1] as [Double]) func wantedNumbersAreThose(_ density: Double) {
    var random = (RandomKey(seed: 1) / "wanted").stream()
    for n in [1, 7, 8, 20, 33, 64, 131] {
      for (m, k, gap) in Self.shapes {
        let sample = Sample(m, n, k, gap: gap, &random)
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
        let isWanted = (0..<m * n).map { place in
          near.pointer[place / n * (n + gap) + place % n] < 1
            || events.pointer[place / n * (n + 8) + place % n] != 0
        }
        for (hasBias, hasAddend) in [(false, false), (true, false), (false, true), (true, true)] {
          let all = sample.product(nil, hasBias: hasBias, hasAddend: hasAddend)
          #expect(all.count == m * n)
          let exact = sample.exact(hasBias: hasBias, hasAddend: hasAddend)
          #expect(
            zip(all.numbers, exact).allSatisfy { abs(Double($0) - $1.value) <= $1.error },
            "n \(n), m \(m), k \(k)")
          let wanted = sample.product(conditions, hasBias: hasBias, hasAddend: hasAddend)
          #expect(wanted.count == isWanted.count { $0 })
          #expect(
            wanted.numbers == zip(all.numbers, isWanted).map { $1 ? $0 : 0 },
            "n \(n), m \(m), k \(k)")
          let last = sample.product(from: m - 1, conditions, hasBias: hasBias, hasAddend: hasAddend)
          #expect(last.numbers == Array(wanted.numbers.suffix(n)))
        }
        withExtendedLifetime((near, events)) {}
      }
    }
  }
}
