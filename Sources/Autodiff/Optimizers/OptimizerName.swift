/// The rules by which options choose an ``OptimizerRule``.
public enum OptimizerName: String, Sendable, CaseIterable {
  case adam, rmsProp, momentum

  /// One sentence on how parameters follow a gradient, and what for.
  public var summary: String {
    switch self {
    case .adam:
      "Steps of nearly equal size for all parameters, by running means; with weight decay, AdamW."
    case .rmsProp:
      "Divides by a running mean of the gradient's size, without momentum; usual with a2c."
    case .momentum:
      "Gradient descent with a memory of earlier steps; without it, plain gradient descent."
    }
  }
}
