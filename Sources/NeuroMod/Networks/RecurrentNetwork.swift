import Autodiff
import Configuration

/// Recurrent layers, then feed-forward layers, then heads.
///
/// Its input is `[xₜ, aₜ₋₁, rₜ₋₁]`, or xₜ alone without feedback. With the sizes of the NMD paper it is
/// the paper's recurrent baseline; without recurrent layers it is a multilayer perceptron.
public struct RecurrentNetwork: Network {
  /// How the last layer becomes the heads.
  public enum Readout: String, Sendable, CaseIterable {
    /// A trained linear map.
    case linear
    /// An ``Integrator``: what blocks of the layer have emitted so far, untrained.
    case sums
  }

  /// The kind of recurrent layer.
  public var cell = CellChoice("gru")
  /// Units of each recurrent layer.
  public var sizes = [50]
  /// Units of each feed-forward layer.
  public var hidden = [20, 10]
  /// The nonlinearity of the feed-forward layers.
  public var activation = Activation.relu
  /// Whether the previous action and reward, where there are any, are part of the input.
  public var feedback = true
  /// How the matrices of the feed-forward layers begin.
  public var weights = WeightInitialization()
  /// How the last layer becomes the heads.
  public var readout = Readout.linear
  /// How the matrices of the heads begin.
  public var headWeights = WeightInitialization()
  /// Whether the heads have biases.
  public var headBias = true
  /// The part of each layer's outputs that a training step hides from the next layer (dropout).
  public var dropout: Float = 0
  /// The part of the input that a training step hides.
  public var inputDropout: Float = 0
  /// The decay of the filter between recurrent and feed-forward layers; 0 for none.
  public var filterDecay: Float = 0

  /// The baseline of benchmark 1.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .value("cell", \.cell, "The kind of recurrent layer: a name, or an object with options."),
      .integers("sizes", \.sizes, in: 1...65536, "Units of each recurrent layer; [] for none."),
      .integers("hidden", \.hidden, in: 1...65536, "Units of each feed-forward layer."),
      .choice("activation", \.activation, "The nonlinearity of the feed-forward layers."),
      .flag("feedback", \.feedback, "Whether previous action and reward are part of the input."),
      .object("weights", \.weights, "How the matrices of the feed-forward layers begin."),
      .choice(
        "readout", \.readout,
        "Trained linear heads, or untrained sums over blocks of the last layer and over all steps."),
      .object("headWeights", \.headWeights, "How the matrices of linear heads begin."),
      .flag("headBias", \.headBias, "Whether linear heads have biases."),
      .number(
        "dropout", \.dropout, in: 0...0.999,
        "Part of the outputs of each recurrent and feed-forward layer that is hidden at random from "
          + "the next one, in every step of a training."),
      .number(
        "inputDropout", \.inputDropout, in: 0...0.999, "The same for the network's input."),
      .number(
        "filterDecay", \.filterDecay, in: 0...0.999_999,
        "Decay κ of p' = κ p + (1 − κ) x, a filter after the recurrent layers for spikes and events; "
          + "0 for none."),
    ]
  }

  /// Traces one time step.
  public func step(_ input: NetworkInput, heads: [Head], in tracer: Tracer) -> [Value] {
    var x = input.observation
    if feedback { x = .concatenate([x] + input.feedback) }
    x = dropped(x, rate: inputDropout, "input", in: tracer)
    for (index, size) in sizes.enumerated() {
      x = tracer.scope("recurrent\(index)") {
        let y = cell.cell(size: size).step(input.layerInput(x, in: tracer), in: tracer)
        return dropped(y, rate: dropout, "output", in: tracer)
      }
    }
    if filterDecay > 0 {
      x = tracer.scope("filter") { LeakyFilter(decay: filterDecay)(x, in: tracer) }
    }
    for (index, size) in hidden.enumerated() {
      x = tracer.scope("hidden\(index)") {
        let y = Dense(size: size, activation: activation, weights: weights)(x, in: tracer)
        return dropped(y, rate: dropout, "output", in: tracer)
      }
    }
    return heads.map { head in
      tracer.scope(head.name) {
        switch readout {
        case .linear:
          return Dense(size: head.size, weights: headWeights, hasBias: headBias)(x, in: tracer)
        case .sums:
          var sums = Integrator()
          sums.size = head.size
          return sums.step(x, in: tracer)
        }
      }
    }
  }

  /// A layer's output with random gaps, the others raised so that the expected value stays.
  private func dropped(_ x: Value, rate: Float, _ name: String, in tracer: Tracer) -> Value {
    guard rate > 0 else { return x }
    return x * tracer.noise("\(name)Dropout", width: x.width, .dropout(rate: rate))
  }
}
