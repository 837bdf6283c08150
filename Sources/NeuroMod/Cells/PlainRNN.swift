import Autodiff
import Configuration

/// The plain recurrent network (Elman 1990): h' = tanh(x W + h U + b).
public struct PlainRNN: Cell {
  /// Units.
  public var size = 50
  /// The nonlinearity.
  public var activation = Activation.tanh
  /// How the input matrix begins.
  public var weights = WeightInitialization()
  /// How the recurrent matrix begins.
  public var recurrentWeights = WeightInitialization()

  /// A network of 50 units.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("activation", \.activation, "The nonlinearity."),
      .object("weights", \.weights, "How the input matrix begins."),
      .object("recurrentWeights", \.recurrentWeights, "How the recurrent matrix begins."),
    ]
  }

  /// Traces one time step; the state is `h`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let input = weights.matrix("input", rows: x.width, columns: size, in: tracer)
    let recurrent = recurrentWeights.matrix("recurrent", rows: size, columns: size, in: tracer)
    let next = activation(
      x.product(input) + h.product(recurrent) + tracer.vector("bias", width: size))
    tracer.update(h, to: next)
    return next
  }
}
