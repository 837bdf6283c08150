import Autodiff

/// The nonlinearity of a feed-forward layer.
public enum Activation: String, Sendable, CaseIterable {
  /// x
  case identity
  /// max(x, 0)
  case relu
  /// min(max(x, −1), 1), the saturated ReLU of the NMD paper
  case sReLU
  /// 1 / (1 + e⁻ˣ)
  case sigmoid
  /// tanh x
  case tanh

  /// The activation of `x`.
  public func callAsFunction(_ x: Value) -> Value {
    switch self {
    case .identity: x
    case .relu: x.relu()
    case .sReLU: x.clamped(-1, 1)
    case .sigmoid: x.sigmoid()
    case .tanh: x.tanh()
    }
  }
}
