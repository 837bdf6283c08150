import Configuration

/// Neurons and connections of a ``SporeNetwork``.
///
/// Without `hidden` neurons all inputs reach all outputs. With them, hidden and output neurons form one
/// recurrent excitatory population, whose first `inputTargets` neurons see the inputs; `inhibitory`
/// neurons are driven by it and inhibit it.
public struct SporeNetworkOptions: Configurable, Equatable {
  /// Output neurons, 0 for one per number of an action.
  public var outputs = 8
  /// Hidden excitatory neurons.
  public var hidden = 0
  /// Excitatory neurons that the inputs reach, 0 for all.
  public var inputTargets = 0
  /// Inhibitory neurons.
  public var inhibitory = 0
  /// Plastic synapses that a pair can have side by side.
  public var parallelSynapses = 1
  /// How likely each of them is.
  public var connectionProbability = 1.0
  /// Steps from a spike to its arrival.
  public var delay = 1
  /// Excitatory neurons.
  public var neurons = Self.trainedNeurons
  /// Inhibitory neurons.
  public var inhibitoryNeurons = Self.demonstrationInhibition
  /// Plastic synapses.
  public var synapses = SporeSynapseOptions()

  /// A feed-forward network.
  public init() {}

  /// Neurons that do not reset, so that u is linear in the weights, as the rule assumes.
  private static var trainedNeurons: SpikeResponseOptions {
    var options = SpikeResponseOptions()
    (options.exponentialRate, options.slope) = (1, 1)
    (options.deadTime, options.resets) = (5, false)
    options.current = -3
    (options.targetRate, options.adaptationSpeed) = (5, 0)
    return options
  }

  private static var demonstrationInhibition: SpikeResponseOptions {
    var options = trainedNeurons
    options.deadTime = 2
    return options
  }

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer(
        "outputs", \.outputs, in: 0...100_000,
        "Output neurons; 0 for as many as an action has numbers."),
      .integer(
        "hidden", \.hidden, in: 0...100_000,
        "Hidden neurons; with them, excitatory neurons are connected recurrently."),
      .integer(
        "inputTargets", \.inputTargets, in: 0...100_000,
        "Excitatory neurons that the inputs reach, hidden ones first; 0 for all."),
      .integer("inhibitory", \.inhibitory, in: 0...100_000, "Inhibitory neurons."),
      .integer(
        "parallelSynapses", \.parallelSynapses, in: 1...1000,
        "Plastic synapses that a pair of neurons can have side by side."),
      .number(
        "connectionProbability", \.connectionProbability, in: 0...1,
        "How likely each of the parallel synapses exists."),
      .integer("delay", \.delay, in: 1...1000, "Milliseconds from a spike to its arrival."),
      .object("neurons", \.neurons, "Hidden and output neurons."),
      .object("inhibitoryNeurons", \.inhibitoryNeurons, "Inhibitory neurons."),
      .object("synapses", \.synapses, "Plastic synapses."),
    ]
  }

  /// Plastic synapses that a network of `inputs` inputs and `outputs` output neurons has at most.
  public func plasticSynapses(inputs: Int, outputs: Int) -> Int {
    let neurons = hidden + outputs
    let reached = inputTargets > 0 ? min(neurons, inputTargets) : neurons
    return (inputs * reached + (hidden > 0 ? neurons * neurons : 0)) * parallelSynapses
  }

  /// The inputs cannot reach more neurons than there are.
  public func validate(at path: JSONPath) throws {
    guard outputs == 0 || inputTargets <= hidden + outputs else {
      throw ConfigurationError(
        path.appending("inputTargets"), "\(inputTargets) are more than the excitatory neurons",
        remedy: "Use at most \(hidden + outputs).")
    }
  }
}
