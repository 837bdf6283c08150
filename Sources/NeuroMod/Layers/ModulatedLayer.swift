import Autodiff

/// A feed-forward layer whose neurons' slopes and biases are set by a modulation signal z.
///
/// ```
/// paper:  y = σ(<z, ws> · (x W + b) + <z, wb>)
/// code:   y = σ((x W) · (1 + z S) + b + z B)
/// ```
///
/// One z serves all neurons; each neuron has its own column of `S` and `B`.
///
/// Source: Vecoven et al. 2020 (PLOS ONE 15(1): e0227922), equation 1, and the released code, which
/// differs: a constant 1 is added to the slope and the bias lies outside it.
public struct ModulatedLayer: Sendable {
  /// Which of the two published forms.
  public enum Form: String, Sendable, CaseIterable {
    /// As printed in the paper.
    case paper
    /// As in the released code, from which the published results come.
    case code
  }

  /// Neurons.
  public var size: Int
  /// The published form.
  public var form: Form
  /// The nonlinearity σ.
  public var activation: Activation
  /// How W, S and B begin; b begins at zero.
  public var weights: WeightInitialization

  /// A layer of `size` neurons.
  public init(size: Int, form: Form, activation: Activation, weights: WeightInitialization) {
    self.size = size
    self.form = form
    self.activation = activation
    self.weights = weights
  }

  /// Traces the layer and returns its output and the slope of each neuron.
  public func callAsFunction(_ x: Value, modulation z: Value, in tracer: Tracer) -> (
    output: Value, scale: Value
  ) {
    func matrix(_ name: String, _ rows: Int) -> MatrixParameter {
      weights.matrix(name, rows: rows, columns: size, in: tracer)
    }
    let product = x.product(matrix("weight", x.width))
    let scaleProduct = z.product(matrix("scale", z.width))
    let shift = z.product(matrix("shift", z.width))
    let bias = tracer.vector("bias", width: size)
    switch form {
    case .paper:
      return (activation(scaleProduct * (product + bias) + shift), scaleProduct)
    case .code:
      let scale = 1 + scaleProduct
      return (activation(product * scale + (shift + bias)), scale)
    }
  }
}
