import Glibc
import Tensor

/// How a matrix with few connections begins, each with a sign that it keeps.
///
/// The rows are presynaptic neurons. With signs by row (Dale's law) three quarters of the neurons
/// excite; excitation and inhibition are balanced, as a whole and for each column, and the matrix has
/// spectral radius 1 before it is made sparse.
///
/// Source: the recipe of the code that was released with Bellec et al. 2018 (NeurIPS).
public struct SparseInitialization: Hashable, Sendable {
  /// Which signs there are.
  public enum Signs: String, Sendable, CaseIterable {
    /// Each connection has one of its own; magnitudes are |N(0, 1)| / √rows.
    case random
    /// By row; rows that inhibit come first.
    case inhibitoryFirst
    /// By row, in random order.
    case shuffledRows
  }

  /// The part of connections that exist at first. As published, entries are drawn with replacement, so
  /// that a part 1 − exp(−connectivity) exists. With 1, all of them do.
  public var connectivity: Float
  /// Which signs there are.
  public var signs: Signs
  /// Multiplies all numbers.
  public var scale: Float

  /// A sparse beginning.
  public init(connectivity: Float, signs: Signs, scale: Float = 1) {
    self.connectivity = connectivity
    self.signs = signs
    self.scale = scale
  }

  /// The signs, ±1, of all entries, row after row: the first numbers that ``values(rows:columns:using:)``
  /// draws.
  public func signs(rows: Int, columns: Int, using random: inout RandomStream) -> [Int8] {
    switch signs {
    case .random:
      return (0..<rows * columns).map { _ in random.next32() & 1 == 0 ? 1 : -1 }
    case .inhibitoryFirst, .shuffledRows:
      let inhibitory = rows - min(rows, rows * 3 / 4 + 1)
      let order = signs == .shuffledRows ? random.permutation(rows) : Array(0..<rows)
      return (0..<rows * columns).map { order[$0 / columns] < inhibitory ? -1 : 1 }
    }
  }

  /// The numbers, row after row.
  public func values(rows: Int, columns: Int, using random: inout RandomStream) -> [Float] {
    let signs = signs(rows: rows, columns: columns, using: &random)
    var values: [Double]
    if self.signs == .random {
      let unit = 1 / Double(rows).squareRoot()
      values = signs.map { unit * Double($0) * abs(Double(random.normal())) }
    } else {
      let rowSigns = (0..<rows).map { Double(signs[$0 * columns]) }
      let square = Self.balanced(rowSigns, using: &random)
      let chosen = (0..<columns).map { columns <= rows ? $0 : random.integer(below: rows) }
      values = (0..<rows).flatMap { row in chosen.map { square[row * rows + $0] } }
    }
    if connectivity < 1 {
      var isConnected = [Bool](repeating: false, count: rows * columns)
      for _ in 0..<Int(Double(rows * columns) * Double(connectivity)) {
        let row = random.integer(below: rows)
        isConnected[row * columns + random.integer(below: columns)] = true
      }
      for index in values.indices where !isConnected[index] { values[index] = 0 }
    }
    return values.map { scale * Float($0) }
  }

  /// A square matrix with the signs of its rows, balanced, of spectral radius 1.
  private static func balanced(_ rowSigns: [Double], using random: inout RandomStream) -> [Double] {
    let n = rowSigns.count
    var matrix = (0..<n * n).map { rowSigns[$0 / n] * abs(Double(random.normal())) }
    let excitatory = (0..<n).filter { rowSigns[$0] > 0 }
    let inhibitory = (0..<n).filter { rowSigns[$0] < 0 }
    func sum(_ rows: [Int], column: Int) -> Double {
      rows.reduce(0) { $0 + matrix[$1 * n + column] }
    }
    if !inhibitory.isEmpty {
      let ratio =
        (0..<n).reduce(0) { $0 + sum(excitatory, column: $1) }
        / (0..<n).reduce(0) { $0 - sum(inhibitory, column: $1) }
      for row in inhibitory { for column in 0..<n { matrix[row * n + column] *= ratio } }
      for column in 0..<n {
        let excess = sum(excitatory, column: column) + sum(inhibitory, column: column)
        let rows = excess < 0 ? excitatory : inhibitory
        for row in rows { matrix[row * n + column] -= excess / Double(rows.count) }
      }
    }
    let radius = spectralRadius(matrix, size: n)
    return matrix.map { $0 / radius }
  }

  /// The largest magnitude of an eigenvalue, as the limit of ‖Aᵐ‖^(1/m) (Gelfand) for m = 2²⁴.
  static func spectralRadius(_ matrix: [Double], size: Int) -> Double {
    var power = matrix
    var logarithm = 0.0
    var exponent = 1.0
    for _ in 0...24 {
      let norm = power.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { return 0 }
      logarithm += log(norm) / exponent
      for index in power.indices { power[index] /= norm }
      power = BLAS.squared(power, size: size)
      exponent *= 2
    }
    return exp(logarithm)
  }
}
