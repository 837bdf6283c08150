import Autodiff
import Tensor
import Testing

@Suite struct InitializerTests {
  func values(_ initializer: Initializer, rows: Int, columns: Int, seed: UInt64 = 1) -> [Double] {
    var random = (RandomKey(seed: seed) / "weights").stream()
    return initializer.values(rows: rows, columns: columns, using: &random).map(Double.init)
  }

  func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }

  @Test(arguments: [(1, 1), (5, 5), (4, 19), (19, 4), (64, 192), (1, 7)])
  func orthogonalIsOrthonormal(_ shape: (Int, Int)) {
    let (rows, columns) = shape
    let w = values(.orthogonal(gain: 1.5), rows: rows, columns: columns)
    let short = min(rows, columns)
    for a in 0..<short {
      for b in 0..<short {
        // Rows of wide matrices, columns of tall ones.
        let overlap = (0..<max(rows, columns)).reduce(0.0) { sum, i in
          rows <= columns
            ? sum + w[a * columns + i] * w[b * columns + i]
            : sum + w[i * columns + a] * w[i * columns + b]
        }
        #expect(abs(overlap - (a == b ? 2.25 : 0)) < 1e-6)
      }
    }
  }

  /// The standard deviation of a normal number cut at ±2 is √(1 − 4 φ(2) / (2 Φ(2) − 1)).
  @Test func truncatedNormalHasItsBoundsAndDeviation() {
    let w = values(.truncatedNormal(0.1), rows: 400, columns: 500)
    #expect(w.allSatisfy { abs($0) <= 0.2 })
    #expect(w.contains { abs($0) > 0.19 })
    #expect(abs(deviation(w) - 0.1 * 0.879626) < 4e-4)
    #expect(abs(w.reduce(0, +) / 200_000) < 1e-3)
  }

  @Test func otherDistributionsHaveTheirSpread() {
    #expect(abs(deviation(values(.normal(0.3), rows: 400, columns: 500)) - 0.3) < 2e-3)
    let uniform = values(.uniform(0.6), rows: 400, columns: 500)
    #expect(uniform.allSatisfy { abs($0) <= 0.6 })
    #expect(abs(deviation(uniform) - 0.6 / 3.0.squareRoot()) < 2e-3)
    #expect(values(.constant(0.5), rows: 2, columns: 2) == [0.5, 0.5, 0.5, 0.5])
    #expect(values(.zeros, rows: 1, columns: 3) == [0, 0, 0])
  }

  @Test func blocksSideBySide() {
    let w = values(.sideBySide([.zeros, .constant(2), .orthogonal(gain: 1)]), rows: 2, columns: 6)
    for row in 0..<2 { #expect(Array(w[row * 6..<row * 6 + 4]) == [0, 0, 2, 2]) }
    #expect(abs(w[4] * w[10] + w[5] * w[11]) < 1e-6 && abs(w[4] * w[4] + w[5] * w[5] - 1) < 1e-6)
  }

  @Test(arguments: [Initializer.truncatedNormal(0.1), .orthogonal(gain: 1), .uniform(0.1)])
  func seedsDecide(_ initializer: Initializer) {
    let first = values(initializer, rows: 8, columns: 8)
    #expect(values(initializer, rows: 8, columns: 8) == first)
    #expect(values(initializer, rows: 8, columns: 8, seed: 2) != first)
  }
}
