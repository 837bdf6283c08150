import Autodiff
import Configuration

/// The NMD net: a recurrent *modulator* watches the history and sets, through one signal z, the slopes
/// and biases of a small feed-forward *main network* that maps observations to actions.
///
/// ```
/// modulator   [aₜ₋₁, rₜ₋₁, xₜ₋₁] → recurrent layers → ReLU → z ≥ 0
/// main        xₜ → modulated hidden layers → modulated linear heads
/// ```
///
/// Source: N. Vecoven, D. Ernst, L. Wehenkel, G. Drion, "Introducing neuromodulation in deep neural
/// networks to learn adaptive behaviours", PLOS ONE 15(1): e0227922, 2020.
public struct NMDNetwork: Network {
  /// The kind of recurrent layer in the modulator.
  public var cell = CellChoice("gru")
  /// Units of each recurrent layer.
  public var sizes = [50]
  /// Numbers in z.
  public var modulationSize = 20
  /// Neurons of each hidden layer of the main network.
  public var hidden = [10]
  /// The nonlinearity of the hidden layers.
  public var activation = Activation.sReLU
  /// Which published form of the modulated layer.
  public var modulation = ModulatedLayer.Form.code
  /// Whether hidden layers use zₜ₋₁ and only the heads zₜ, as in the released code.
  public var hiddenUsesPreviousZ = false
  /// Multiplies the previous action and reward before they enter the modulator.
  public var feedbackScale: Float = 1
  /// How the matrices of the main network and of z begin.
  public var weights = WeightInitialization()

  /// The network of benchmark 1.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .value("cell", \.cell, "The modulator's kind of recurrent layer: a name, or with options."),
      .integers("sizes", \.sizes, in: 1...65536, "Units of each recurrent layer."),
      .integer("modulationSize", \.modulationSize, in: 1...65536, "Numbers in the signal z."),
      .integers("hidden", \.hidden, in: 1...65536, "Neurons of each hidden layer; [] for none."),
      .choice("activation", \.activation, "The nonlinearity of the hidden layers."),
      .choice("modulation", \.modulation, "The paper's printed form, or that of its code."),
      .flag(
        "hiddenUsesPreviousZ", \.hiddenUsesPreviousZ,
        "Whether hidden layers use the previous step's z, as in the paper's code."),
      .number(
        "feedbackScale", \.feedbackScale, in: 0...1000,
        "Multiplies previous action and reward; 1 as published."),
      .object("weights", \.weights, "How the matrices begin."),
    ]
  }

  /// Traces one time step.
  public func step(_ input: NetworkInput, heads: [Head], in tracer: Tracer) -> [Value] {
    let z = tracer.scope("modulator") { modulate(input, in: tracer) }
    var hiddenZ = z
    if hiddenUsesPreviousZ {
      hiddenZ = tracer.state("previousZ", width: modulationSize)
      tracer.update(hiddenZ, to: z)
    }
    var x = input.observation
    for (index, size) in hidden.enumerated() {
      let layer = tracer.scope("hidden\(index)") {
        ModulatedLayer(size: size, form: modulation, activation: activation, weights: weights)(
          x, modulation: hiddenZ, in: tracer)
      }
      x = layer.output
      if input.recordsSignals { tracer.output(Self.scaleOutput(index), layer.scale) }
    }
    if input.recordsSignals { tracer.output(Self.signalOutput, z) }
    return heads.map { head in
      tracer.scope(head.name) {
        ModulatedLayer(size: head.size, form: modulation, activation: .identity, weights: weights)(
          x, modulation: z, in: tracer
        ).output
      }
    }
  }

  /// The name of the output with z, when signals are recorded.
  public static let signalOutput = "z"
  /// The name of the output with the slopes of a hidden layer, when signals are recorded.
  public static func scaleOutput(_ layer: Int) -> String { "scale\(layer)" }

  /// From the history to z.
  private func modulate(_ input: NetworkInput, in tracer: Tracer) -> Value {
    let previousObservation = tracer.state("previousObservation", width: input.observation.width)
    tracer.update(previousObservation, to: input.observation)
    var x: Value = .concatenate(
      input.feedback.map { $0 * feedbackScale } + [previousObservation])
    for (index, size) in sizes.enumerated() {
      x = tracer.scope("recurrent\(index)") {
        cell.cell(size: size).step(input.layerInput(x, in: tracer), in: tracer)
      }
    }
    return tracer.scope("z") {
      Dense(size: modulationSize, activation: .relu, weights: weights)(x, in: tracer)
    }
  }
}
