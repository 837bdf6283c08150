import Configuration
import NeuroMod

/// Options of the agent that learns by synaptic sampling while it acts.
public struct SporeOptions: Configurable {
  /// Simulated hours of the training.
  public var hours = 1.0
  /// Simulated seconds of an iteration and of a line of the log.
  public var secondsPerIteration = 60.0
  /// How observations become spikes.
  public var encoder = SpikeEncoding.events
  /// How spikes become actions.
  public var decoder = SpikeDecoderOptions()
  /// What rewards are multiplied with, 0 for learning without reward.
  public var rewardScale = 1.0
  /// Whether rewards are taken relative to their running mean.
  public var conditionsRewards = false
  /// Seconds without reward after the end of an episode: the time to put a body back.
  public var pause = 0.0
  /// Neurons and synapses.
  public var network = SporeNetworkOptions()

  /// A feed-forward network between an event camera and a population vector.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number("hours", \.hours, in: 1e-6...500, "Simulated hours of the training."),
      .number(
        "secondsPerIteration", \.secondsPerIteration, in: 1e-3...1e6,
        "Simulated seconds of an iteration, and of a line of the log."),
      .choice(
        "encoder", \.encoder,
        "How observations become spikes: events fire once, rates in Hz fire at random."),
      .object("decoder", \.decoder, "How spikes become actions."),
      .number(
        "rewardScale", \.rewardScale, in: 0...1e6,
        "What rewards are multiplied with; 0 for learning without reward."),
      .flag(
        "conditionsRewards", \.conditionsRewards,
        "Whether rewards are divided by their running mean, with an offset of 0.02."),
      .number(
        "pause", \.pause, in: 0...3600,
        "Seconds without reward after the end of an episode, so that what led there is not paid for "
          + "by the beginning of the next one."),
      .object("network", \.network, "Neurons and synapses."),
    ]
  }
}

/// How observations become spikes of input neurons.
public enum SpikeEncoding: String, Sendable, CaseIterable {
  /// A number other than zero is a spike of its neuron. Where an observation has several slots, they are
  /// equal parts of the step.
  case events
  /// A number is the rate of its neuron in Hz.
  case rates
}

/// How the spikes of the output neurons become an action.
public struct SpikeDecoderOptions: Configurable, Equatable {
  /// The forms.
  public enum Form: String, Sendable, CaseIterable {
    /// Two numbers: Σ aₖ (cos βₖ, sin βₖ) with directions βₖ = 2πk/N.
    case vector
    /// One number: Σ aₖ sₖ with sₖ equally spaced from −1 to 1.
    case linear
    /// The rate aₖ of each output neuron.
    case rates
    /// How often each output neuron fired in the step.
    case counts
  }

  /// The form.
  public var form = Form.vector
  /// Time constant of the rates aₖ in ms.
  public var time = 100.0
  /// What the action is multiplied with.
  public var gain: Float = 1

  /// A population vector.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice(
        "form", \.form,
        "Population vector (2 numbers), linear readout (1), rates in Hz, or counts of spikes."),
      .number("time", \.time, in: 0.1...1e6, "Time constant of the rates in ms."),
      .number("gain", \.gain, in: -1e6...1e6, "What the action is multiplied with."),
    ]
  }
}
