import Autodiff

/// Each row to mean 0 and variance 1, then scaled and shifted (Ba et al. 2016, arXiv 1607.06450):
/// y = g ⊙ (x − mean) / √(variance + ε) + b.
public struct LayerNormalization: Sendable {
  /// Added to the variance.
  public var epsilon: Float = 1e-5

  /// With ε = 10⁻⁵.
  public init() {}

  /// Traces the layer, with parameters `gain` and `bias` in the current scope.
  public func callAsFunction(_ x: Value, in tracer: Tracer) -> Value {
    let perNumber = 1 / Float(x.width)
    let centred = x - perNumber * x.sum()
    let variance = perNumber * centred.squared().sum()
    let gain = tracer.vector("gain", width: x.width, .constant(1))
    let normal = centred / (variance + epsilon).squareRoot()
    return gain * normal + tracer.vector("bias", width: x.width)
  }
}
