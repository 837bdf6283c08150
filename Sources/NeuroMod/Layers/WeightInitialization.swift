import Autodiff
import Configuration

/// How the matrices of a layer begin.
public struct WeightInitialization: Configurable, Equatable {
  /// A distribution.
  public enum Distribution: String, Sendable, CaseIterable {
    /// Normal, redrawn beyond two standard deviations.
    case truncatedNormal
    /// Normal.
    case normal
    /// Uniform within ± scale / √rows.
    case uniform
    /// Uniform within ± scale · √(6 / (rows + columns)).
    case glorot
    /// Orthonormal rows or columns, times the scale.
    case orthogonal
  }

  /// The distribution.
  public var distribution = Distribution.truncatedNormal
  /// Its standard deviation, bound or gain.
  public var scale: Float = 0.1

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
    ]
  }

  /// The initializer of a matrix of `rows` inputs and `columns` outputs.
  public func initializer(rows: Int, columns: Int) -> Initializer {
    switch distribution {
    case .truncatedNormal: .truncatedNormal(scale)
    case .normal: .normal(scale)
    case .uniform: .uniform(scale / Float(rows).squareRoot())
    case .glorot: .uniform(scale * (6 / Float(rows + columns)).squareRoot())
    case .orthogonal: .orthogonal(gain: scale)
    }
  }
}
