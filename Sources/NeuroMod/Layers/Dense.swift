import Autodiff

/// A feed-forward layer: y = activation(x W + b).
public struct Dense: Sendable {
  /// Outputs.
  public var size: Int
  /// The nonlinearity.
  public var activation: Activation
  /// How W begins; b begins at zero.
  public var weights: WeightInitialization
  /// Whether there is a b.
  public var hasBias: Bool

  /// A layer of `size` units.
  public init(
    size: Int, activation: Activation = .identity, weights: WeightInitialization = .init(),
    hasBias: Bool = true
  ) {
    self.size = size
    self.activation = activation
    self.weights = weights
    self.hasBias = hasBias
  }

  /// Traces the layer, with parameters `weight` and `bias` in the current scope.
  public func callAsFunction(_ input: Value, in tracer: Tracer) -> Value {
    let weight = weights.matrix("weight", rows: input.width, columns: size, in: tracer)
    let product = input.product(weight)
    return activation(hasBias ? product + tracer.vector("bias", width: size) : product)
  }
}
