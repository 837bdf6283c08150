import Autodiff
import Foundation
import Tensor
import Testing

/// Sparse matrices with signs, as LSNN begins with them.
@Suite struct SparseInitializationTests {
  static func values(
    _ rule: SparseInitialization, rows: Int, columns: Int, seed: UInt64 = 1
  ) -> [Double] {
    var random = RandomKey(seed: seed).stream()
    return Initializer.sparse(rule).values(rows: rows, columns: columns, using: &random)
      .map(Double.init)
  }

  /// The growth of a vector under a matrix: the spectral radius, as 1 / steps.
  static func growth(_ matrix: [Double], size: Int, steps: Int) -> Double {
    var vector = (0..<size).map { Double(($0 * 7919) % 13) - 6 }
    var logarithm = 0.0
    for _ in 0..<steps {
      vector = (0..<size).map { row in
        (0..<size).reduce(0) { $0 + matrix[row * size + $1] * vector[$1] }
      }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      logarithm += log(norm)
      vector = vector.map { $0 / norm }
    }
    return exp(logarithm / Double(steps))
  }

  @Test func signedMatricesAreBalanced() {
    let n = 20
    let matrix = Self.values(.init(connectivity: 1, signs: .inhibitoryFirst), rows: n, columns: n)
    // int(0.75 · 20) + 1 = 16 rows excite and come last.
    for row in 0..<n {
      for column in 0..<n {
        #expect(row < 4 ? matrix[row * n + column] < 0 : matrix[row * n + column] > 0)
      }
    }
    for column in 0..<n {
      let sum = (0..<n).reduce(0) { $0 + matrix[$1 * n + column] }
      #expect(abs(sum) < 1e-6, "column \(column): \(sum)")
    }
    #expect(abs(Self.growth(matrix, size: n, steps: 3000) - 1) < 5e-3)
  }

  @Test func widerMatricesRepeatColumns() {
    let matrix = Self.values(.init(connectivity: 1, signs: .shuffledRows), rows: 8, columns: 30)
    let columns = Set((0..<30).map { column in (0..<8).map { matrix[$0 * 30 + column] } })
    #expect(columns.count <= 8 && columns.count > 3)
    let signs = (0..<8).map { matrix[$0 * 30] > 0 }
    #expect(signs.count { $0 } == 7)
    for row in 0..<8 {
      for column in 0..<30 { #expect((matrix[row * 30 + column] > 0) == signs[row]) }
    }
  }

  /// Entries are drawn with replacement: a part 1 − exp(−p) of them exists.
  @Test(arguments: SparseInitialization.Signs.allCases)
  func connectivityIsThePublishedOne(_ signs: SparseInitialization.Signs) {
    let matrix = Self.values(
      .init(connectivity: 0.12, signs: signs, scale: 2), rows: 150, columns: 120)
    let part = Double(matrix.count { $0 != 0 }) / Double(matrix.count)
    #expect(abs(part - 0.1131) < 0.005, "\(part)")
  }

  @Test func signsAreThoseOfTheValues() {
    for signs in SparseInitialization.Signs.allCases {
      let rule = SparseInitialization(connectivity: 0.5, signs: signs)
      let values = Self.values(rule, rows: 12, columns: 9, seed: 4)
      var random = RandomKey(seed: 4).stream()
      let expected = rule.signs(rows: 12, columns: 9, using: &random)
      for (value, sign) in zip(values, expected) where value != 0 {
        #expect((value > 0) == (sign > 0))
      }
    }
  }

  @Test func unsignedMagnitudes() {
    let matrix = Self.values(.init(connectivity: 1, signs: .random), rows: 100, columns: 100)
    let square = matrix.reduce(0) { $0 + $1 * $1 } / 10_000
    #expect(abs(square * 100 - 1) < 0.06)
    #expect(abs(matrix.reduce(0) { $0 + ($1 > 0 ? 1 : -1) }) < 400)
  }
}
