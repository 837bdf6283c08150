import Autodiff
import NeuroMod
import Sequences

/// The network of a task as a program, and how its parts are called.
public enum TaskProgram {
  /// The network's input.
  public static let inputPort = "input"
  /// The network's readout.
  public static let outputPort = "output"
  /// What the names of parameters begin with in checkpoints.
  public static let weightsPrefix = "network"

  /// The network, with its signals as outputs where they have a price.
  static func trace(
    _ network: any Network, _ specification: SequenceSpecification, recordsSignals: Bool = false,
    isolatesLayers: Bool = false, in tracer: Tracer
  ) {
    var input = NetworkInput(
      tracer.input(inputPort, width: specification.inputWidth), recordsSignals: recordsSignals)
    input.isolatesLayers = isolatesLayers
    let head = Head(outputPort, size: specification.outputWidth)
    tracer.output(outputPort, network.step(input, heads: [head], in: tracer)[0])
  }
}
