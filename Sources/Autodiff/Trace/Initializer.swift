import Glibc
import Tensor

/// How the numbers of a parameter begin.
public indirect enum Initializer: Sendable, Hashable {
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
  /// A random matrix with orthonormal rows or columns, times a gain (Saxe et al. 2014).
  case orthogonal(gain: Float)
  /// Columns in equal blocks, each with its own beginning: the gates of a cell.
  case sideBySide([Initializer])
  /// Chrono biases (Tallec & Ollivier 2018): columns in equal blocks, one per sign; in each block
  /// sign · log u, with one u ~ U[1, longestMemory − 1) per unit.
  case chrono(longestMemory: Float, signs: [Float])
  /// The logarithm of a number uniform in (0, limit].
  case logUniform(limit: Float)
  /// ν = log(−log r), with r² uniform between the squares of two radii below 1: the moduli of the
  /// eigenvalues of a linear recurrent unit (Orvieto et al. 2023).
  case ring(minimum: Float, maximum: Float)
  /// The beta distribution.
  case beta(Float, Float)
  /// Sparse, with fixed signs.
  case sparse(SparseInitialization)

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
    case .orthogonal(let gain):
      return Self.orthonormal(rows: rows, columns: columns, using: &random).map { gain * $0 }
    case .sideBySide(let blocks):
      precondition(columns % blocks.count == 0, "the blocks of a matrix need equal widths")
      let width = columns / blocks.count
      let parts = blocks.map { $0.values(rows: rows, columns: width, using: &random) }
      return (0..<rows).flatMap { row in
        parts.flatMap { $0[row * width..<(row + 1) * width] }
      }
    case .chrono(let longestMemory, let signs):
      precondition(columns % signs.count == 0, "the blocks of a bias need equal widths")
      let times = (0..<columns / signs.count).map { _ in
        logarithm(Double(random.uniform(1, longestMemory - 1)))
      }
      return (0..<rows).flatMap { _ in
        signs.flatMap { sign in times.map { sign == 0 ? 0 : sign * $0 } }
      }
    case .logUniform(let limit):
      return (0..<count).map { _ in
        logarithm(Double(limit) * (1 - random.uniformDouble()))
      }
    case .ring(let minimum, let maximum):
      precondition(minimum >= 0 && minimum <= maximum && maximum < 1, "radii lie in [0, 1)")
      let (low, high) = (Double(minimum * minimum), Double(maximum * maximum))
      return (0..<count).map { _ in
        // The square is above `low`, which may be 0.
        let square = high - (high - low) * random.uniformDouble()
        return logarithm(-0.5 * log(square))
      }
    case .beta(let a, let b):
      return (0..<count).map { _ in Float(random.beta(Double(a), Double(b))) }
    case .sparse(let rule): return rule.values(rows: rows, columns: columns, using: &random)
    }
  }

  private func logarithm(_ x: Double) -> Float { Float(log(x)) }

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
