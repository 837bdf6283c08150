import CKernels
import Tensor
import Testing

/// Products from the connections of a matrix against the packed products: the same bits.
@Suite struct SparseProductTests {
  static let densities: [Double] = [0, 0.01, 0.12, 1]
  static let kernels = metarl_best_product_kernels()

  /// A matrix, a part of whose numbers is not zero, by its connections.
  final class Matrix {
    let numbers: FloatBuffer
    private(set) var connections: [metarl_connection]
    private var starts: [[Int32]] = []
    private var synapses: [[metarl_synapse]] = []

    init(_ rows: Int, _ columns: Int, density: Double, _ random: inout RandomStream) {
      numbers = EventProductTests.rows(rows, columns, gap: 0, density: density, &random)
      connections = Array(repeating: .init(), count: rows * columns)
      let count = metarl_find_connections(
        numbers.pointer, Int32(rows), Int32(columns), &connections)
      connections.removeLast(rows * columns - Int(count))
      for lists in [rows, columns] {
        starts.append(Array(repeating: -1, count: lists + 1))
        synapses.append(Array(repeating: .init(), count: Int(count)))
      }
    }

    /// Calls `body` with the lists by column, or by row.
    func withLists<Result>(
      byColumn: Bool, _ body: (UnsafeMutablePointer<metarl_synapse_lists>) -> Result
    ) -> Result {
      let index = byColumn ? 1 : 0
      return starts[index].withUnsafeMutableBufferPointer { starts in
        synapses[index].withUnsafeMutableBufferPointer { synapses in
          var lists = metarl_synapse_lists(
            starts: starts.baseAddress, synapses: synapses.baseAddress)
          metarl_list_synapses(
            connections, Int32(connections.count), byColumn ? 1 : 0, Int32(starts.count - 1), &lists
          )
          return body(&lists)
        }
      }
    }
  }

  @Test(arguments: densities) func connectionsAreThoseThatAreNotZero(_ density: Double) {
    var random = (RandomKey(seed: 1) / "sparse").stream()
    for (rows, columns) in [(1, 1), (5, 7), (9, 8), (13, 40)] {
      let matrix = Matrix(rows, columns, density: density, &random)
      let found = matrix.connections.map { ($0.row, $0.column, $0.weight) }
      var expected: [(Int32, Int32, Float)] = []
      for row in 0..<rows {
        for column in 0..<columns where matrix.numbers.pointer[row * columns + column] != 0 {
          expected.append(
            (Int32(row), Int32(column), matrix.numbers.pointer[row * columns + column]))
        }
      }
      #expect(found.elementsEqual(expected, by: ==))
    }
  }

  @Test(arguments: densities, [false, true])
  func productsAreTheSame(_ density: Double, transposed: Bool) {
    var random = (RandomKey(seed: 2) / "sparse").stream()
    for n in [1, 7, 8, 20, 100] {
      for (m, k, gap) in [(1, [5], 0), (3, [40, 1], 2), (32, [17, 64], 1), (77, [9, 30, 16], 3)] {
        let depth = k.reduce(0, +)
        let matrices = k.map { k in
          transposed
            ? Matrix(n, k, density: density, &random) : Matrix(k, n, density: density, &random)
        }
        let packed = FloatBuffer(count: Int(metarl_packed_size(Int32(depth), Int32(n))))
        let buffers = k.map { EventProductTests.rows(m, $0, gap: gap, density: 0.8, &random) }
        var first = 0
        let sources = zip(buffers, zip(k, matrices)).map { buffer, term in
          let (k, matrix) = term
          metarl_pack(
            Self.kernels, matrix.numbers.pointer, transposed ? 1 : Int64(n),
            transposed ? Int64(k) : 1, Int32(first), Int32(k), Int32(depth), Int32(n),
            packed.pointer)
          first += k
          return metarl_source(
            rows: UnsafePointer(buffer.pointer), stride: Int64(k + gap), k: Int32(k))
        }
        let scratch = FloatBuffer(count: k.reduce(0) { $0 + Int(metarl_turned_size(Int32($1))) })
        let bias = (0..<n).map { _ in random.uniform(-1, 1) }
        let stride = n + gap
        let addend = FloatBuffer((0..<m * stride).map { _ in random.uniform(-1, 1) })
        for (hasBias, hasAddend) in [(false, false), (true, false), (false, true), (true, true)] {
          // The gaps of the result stay.
          let before = [Float](repeating: 77, count: m * stride)
          let (dense, sparse) = (FloatBuffer(before), FloatBuffer(before))
          let inPlace = FloatBuffer(addend.array)
          metarl_product(
            Self.kernels, sources, Int32(k.count), packed.pointer, Int32(n), hasBias ? bias : nil,
            hasAddend ? UnsafePointer(addend.pointer) : nil, Int64(stride), dense.pointer,
            Int64(stride), Int32(m))
          withLists(matrices, byColumn: !transposed) { lists in
            for (added, out) in [(addend, sparse), (inPlace, inPlace)] {
              metarl_sparse_product(
                sources, lists, Int32(k.count), Int32(n), hasBias ? bias : nil,
                hasAddend ? UnsafePointer(added.pointer) : nil, Int64(stride), out.pointer,
                Int64(stride), Int32(m), scratch.pointer)
            }
          }
          #expect(dense.array == sparse.array, "n \(n), m \(m), k \(k)")
          let isSame = (0..<m * stride).allSatisfy {
            $0 % stride >= n || inPlace.pointer[$0] == dense.pointer[$0]
          }
          #expect(isSame, "in place, n \(n), m \(m), k \(k)")
        }
        withExtendedLifetime((buffers, matrices)) {}
      }
    }
  }

  private func withLists(
    _ matrices: [Matrix], byColumn: Bool,
    _ body: ([UnsafeMutablePointer<metarl_synapse_lists>?]) -> Void
  ) {
    func collect(_ lists: [UnsafeMutablePointer<metarl_synapse_lists>?]) {
      guard lists.count < matrices.count else { return body(lists) }
      matrices[lists.count].withLists(byColumn: byColumn) { collect(lists + [$0]) }
    }
    collect([])
  }

  @Test(arguments: densities) func gradientsAreTheSame(_ density: Double) {
    var random = (RandomKey(seed: 3) / "sparse").stream()
    for n in [1, 7, 16, 33, 100] {
      for (rows, k, gap) in [(1, 5, 0), (20, 41, 2), (32, 8, 1), (77, 30, 3)] {
        let matrix = Matrix(k, n, density: density, &random)
        let a = EventProductTests.rows(rows, k, gap: gap, density: 0.8, &random)
        let g = FloatBuffer((0..<rows * (n + gap)).map { _ in random.uniform(-1, 1) })
        let before = (0..<k * n).map { _ in random.uniform(-1, 1) }
        let (dense, sparse) = (FloatBuffer(before), FloatBuffer(before))
        let scratch = FloatBuffer(
          count: Int(metarl_turned_size(Int32(k)) + metarl_turned_size(Int32(n))))
        metarl_outer(
          Self.kernels, a.pointer, Int64(k + gap), Int32(k), g.pointer, Int64(n + gap), Int32(n),
          dense.pointer, Int64(n), Int32(rows))
        metarl_sparse_outer(
          a.pointer, Int64(k + gap), Int32(k), g.pointer, Int64(n + gap), Int32(n),
          matrix.connections, Int32(matrix.connections.count), sparse.pointer, Int64(n),
          Int32(rows), scratch.pointer)
        let expected = (0..<k * n).map {
          matrix.numbers.pointer[$0] == 0 ? before[$0] : dense.pointer[$0]
        }
        #expect(sparse.array == expected, "n \(n), k \(k), rows \(rows)")
      }
    }
  }

  /// Few connections pay, many do not; nor do few rows.
  @Test func connectionsPayBelowSomeDensity() {
    for (depth, n) in [(784, 300), (220, 220), (128, 384)] {
      func pays(_ density: Double, rows: Int = 64, isOuter: Bool = false, activity: Double = 1)
        -> Bool
      {
        metarl_sparse_pays(
          Int64(density * Double(depth * n)), Int64(activity * Double(depth * rows)), Int32(depth),
          Int32(n), Int32(rows), isOuter ? 1 : 0) != 0
      }
      #expect(pays(0.01) && pays(0.12) && !pays(0.6))
      #expect(pays(0.01, isOuter: true) && !pays(0.12, isOuter: true))
      #expect(!pays(0.12, rows: 1) && !pays(0.12, activity: 0.001))
    }
  }
}
