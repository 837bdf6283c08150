import Autodiff

/// A feed-forward layer: y = activation(x W + b).
public struct Dense: Sendable {
  /// Outputs.
  public var size: Int
  /// The nonlinearity.
  public var activation: Activation
  /// How W begins; b begins at zero.
  public var weights: WeightInitialization

  /// A layer of `size` units.
  public init(
    size: Int, activation: Activation = .identity, weights: WeightInitialization = .init()
  ) {
    self.size = size
    self.activation = activation
    self.weights = weights
  }

  /// Traces the layer, with parameters `weight` and `bias` in the current scope.
  public func callAsFunction(_ input: Value, in tracer: Tracer) -> Value {
    let weight = weights.matrix("weight", rows: input.width, columns: size, in: tracer)
    let bias = tracer.vector("bias", width: size)
    return activation(input.product(weight) + bias)
  }
}
