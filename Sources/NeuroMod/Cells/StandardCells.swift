import Configuration

extension Registry<CellFactory> {
  /// The cells that come with MetaRL.
  public static let standard: Registry<CellFactory> = {
    var registry = Registry<CellFactory>(kind: "cell")
    registry.register(
      "gru", "Gated recurrent unit; reset before or after the recurrent product.", GRU.self)
    registry.register("lstm", "Long short-term memory with forget gates.", LSTM.self)
    registry.register("mgu", "Minimal gated unit: one gate forgets and writes.", MGU.self)
    registry.register("rnn", "Plain recurrent network.", PlainRNN.self)
    registry.register(
      "brc", "Bistable recurrent cell: each unit remembers by its own feedback.", BRC.self)
    registry.register(
      "nbrc", "Bistable cell whose feedback and gate are set by the whole layer.", NBRC.self)
    registry.register(
      "bmru", "Hysteresis of two states; holds for ever, independent of past states.", BMRU.self)
    registry.register(
      "lru", "Linear recurrent unit: a diagonal linear filter of complex states.", LRU.self)
    registry.register(
      "src", "Spiking recurrent cell: spikes from smooth equations, trained as usual.", SRC.self)
    registry.register(
      "lsnn", "Spiking neurons with and without adaptive thresholds (LIF and ALIF), with delays.",
      otherNames: ["lif", "alif"], LSNN.self)
    registry.register(
      "egru", "Gated recurrent units that speak by events, silent most of the time.", EGRU.self)
    registry.register(
      "integrator", "Untrained read-out of spikes: sums of blocks of the input.", Integrator.self)
    registry.register("stack", "Cells of different kinds, one after the other.", Stack.self)
    registry.register("double", "Two cells side by side on the same input.", DoubleLayer.self)
    registry.register(
      "block", "A cell with normalisation, gated linear unit and residual.", ResidualBlock.self)
    return registry
  }()
}
