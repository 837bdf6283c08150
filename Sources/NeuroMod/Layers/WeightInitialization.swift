import Autodiff
import Configuration

/// How the matrices of a layer begin.
///
/// A matrix of several gates begins gate by gate: rows and columns are those of one gate.
public struct WeightInitialization: Configurable, Equatable {
  /// A distribution.
  public enum Distribution: String, Sendable, CaseIterable {
    /// Normal, redrawn beyond two standard deviations.
    case truncatedNormal
    /// Normal.
    case normal
    /// Normal with standard deviation scale / √rows (LeCun et al. 1998).
    case lecun
    /// Uniform within ± scale / √rows.
    case uniform
    /// Uniform within ± scale / √columns: all weights of PyTorch's recurrent layers.
    case uniformByUnits
    /// Uniform within ± scale · √(6 / (rows + columns)).
    case glorot
    /// Normal with standard deviation scale · √(2 / (rows + columns)).
    case glorotNormal
    /// Orthonormal rows or columns, times the scale.
    case orthogonal
    /// Sparse: |N(0, 1)| · scale / √rows with random signs.
    case sparse
    /// Sparse with the signs of presynaptic neurons, balanced: ``SparseInitialization``.
    case signedSparse
  }

  /// The distribution.
  public var distribution = Distribution.truncatedNormal
  /// Its standard deviation, bound or gain.
  public var scale: Float = 0.1
  /// The part of connections that exist at first, for sparse distributions.
  public var connectivity: Float = 1

  /// Truncated normal with standard deviation 0.1, as the NMD net uses.
  public init() {}

  /// A distribution with its scale.
  public init(_ distribution: Distribution, scale: Float) {
    self.distribution = distribution
    self.scale = scale
  }

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("distribution", \.distribution, "Distribution of the numbers of a matrix."),
      .number(
        "scale", \.scale, in: 0...100,
        "Standard deviation, factor of the bound, or gain of the distribution."),
      .number(
        "connectivity", \.connectivity, in: 0...1,
        "Part of connections that exist at first; for sparse and signedSparse."),
    ]
  }

  /// The initializer of a matrix of `rows` inputs and `columns` outputs, in `gates` blocks.
  ///
  /// - Parameter shufflesSigns: whether the presynaptic neurons that inhibit are anywhere, or first;
  ///   for signed distributions.
  public func initializer(
    rows: Int, columns: Int, gates: Int = 1, shufflesSigns: Bool = false
  ) -> Initializer {
    precondition(columns % gates == 0, "gates have equal widths")
    let units = columns / gates
    func sparse(_ signs: SparseInitialization.Signs) -> Initializer {
      .sparse(SparseInitialization(connectivity: connectivity, signs: signs, scale: scale))
    }
    switch distribution {
    case .truncatedNormal: return .truncatedNormal(scale)
    case .normal: return .normal(scale)
    case .lecun: return .normal(scale / Float(rows).squareRoot())
    case .uniform: return .uniform(scale / Float(rows).squareRoot())
    case .uniformByUnits: return .uniform(scale / Float(units).squareRoot())
    case .glorot: return .uniform(scale * (6 / Float(rows + units)).squareRoot())
    case .glorotNormal: return .normal(scale * (2 / Float(rows + units)).squareRoot())
    case .orthogonal:
      return .sideBySide(Array(repeating: .orthogonal(gain: scale), count: gates))
    case .sparse: return sparse(.random)
    case .signedSparse: return sparse(shufflesSigns ? .shuffledRows : .inhibitoryFirst)
    }
  }

  /// Declares the matrix `name` of `rows` inputs and `columns` outputs, in `gates` blocks.
  public func matrix(
    _ name: String, rows: Int, columns: Int, gates: Int = 1, in tracer: Tracer
  ) -> MatrixParameter {
    tracer.matrix(
      name, rows: rows, columns: columns,
      initializer(rows: rows, columns: columns, gates: gates))
  }
}
