import Tensor

/// How the numbers of a parameter begin.
public enum Initializer: Sendable, Hashable {
  /// All zero.
  case zeros
  /// All the same.
  case constant(Float)
  /// Normal with this standard deviation, redrawn beyond two of them.
  case truncatedNormal(Float)
  /// Normal with this standard deviation.
  case normal(Float)
  /// Uniform within ± this bound.
  case uniform(Float)
  /// Uniform within ± √(6 / (rows + columns)) (Glorot & Bengio 2010).
  case glorotUniform
  /// A random matrix with orthonormal rows or columns, times a gain (Saxe et al. 2014).
  case orthogonal(gain: Float)

  /// `rows × columns` numbers, row after row.
  public func values(rows: Int, columns: Int, using random: inout RandomStream) -> [Float] {
    let count = rows * columns
    switch self {
    case .zeros: return [Float](repeating: 0, count: count)
    case .constant(let value): return [Float](repeating: value, count: count)
    case .truncatedNormal(let deviation):
      return (0..<count).map { _ in deviation * random.truncatedNormal() }
    case .normal(let deviation): return (0..<count).map { _ in deviation * random.normal() }
    case .uniform(let bound): return (0..<count).map { _ in random.uniform(-bound, bound) }
    case .glorotUniform:
      let bound = (6 / Float(rows + columns)).squareRoot()
      return (0..<count).map { _ in random.uniform(-bound, bound) }
    case .orthogonal(let gain):
      return Self.orthonormal(rows: rows, columns: columns, using: &random).map { gain * $0 }
    }
  }

  /// Gram–Schmidt, twice for accuracy, on the shorter side of a Gaussian matrix.
  private static func orthonormal(rows: Int, columns: Int, using random: inout RandomStream)
    -> [Float]
  {
    let (short, long) = (min(rows, columns), max(rows, columns))
    var basis: [[Double]] = []
    while basis.count < short {
      var vector = (0..<long).map { _ in Double(random.normal()) }
      for _ in 0..<2 {
        for other in basis {
          let overlap = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for i in 0..<long { vector[i] -= overlap * other[i] }
        }
      }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if norm > 1e-6 { basis.append(vector.map { $0 / norm }) }
    }
    return (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      return Float(rows <= columns ? basis[row][column] : basis[column][row])
    }
  }
}
