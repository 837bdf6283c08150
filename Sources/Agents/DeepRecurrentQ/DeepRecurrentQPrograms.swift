import Autodiff
import Envs
import NeuroMod

/// The programs of a value network; they have the same parameters.
struct DeepRecurrentQPrograms {
  /// Names of inputs and outputs beside those of ``NetworkInput``.
  enum Port {
    /// 1 in the first step of an episode, where the network remembers nothing.
    static let begins = "begins"
    /// A value for each action.
    static let values = "values"
    /// The action that was taken, as a single 1.
    static let action = "action"
    static let target = "target"
    /// The value of the action that was taken.
    static let chosenValue = "chosenValue"
    static let squaredError = "squaredError"
  }

  /// What the agent sees to a value for each action.
  let values: Program
  /// The squared error of the chosen action's value.
  let loss: Program

  /// Outputs of the loss that are no signals.
  static let objectives = [Port.chosenValue, Port.squaredError]

  /// - Parameter recordsSignals: whether the loss has the network's inner signals as outputs.
  init(
    network: any Network, specification: EnvironmentSpecification, actions: Int,
    recordsSignals: Bool = false
  ) {
    func program(
      recordsSignals: Bool = false, _ body: (Tracer, () -> Value) -> Void
    ) -> Program {
      let tracer = Tracer()
      body(tracer) {
        Self.values(
          of: network, specification: specification, actions: actions,
          recordsSignals: recordsSignals, in: tracer)
      }
      return tracer.finish()
    }
    values = program { tracer, values in
      tracer.restartStates(where: tracer.input(Port.begins, width: 1))
      tracer.output(Port.values, values())
    }
    loss = program(recordsSignals: recordsSignals) { tracer, values in
      let chosen = (values() * tracer.input(Port.action, width: actions)).sum()
      tracer.output(Port.chosenValue, chosen)
      tracer.output(
        Port.squaredError, (chosen - tracer.input(Port.target, width: 1)).squared())
    }
  }

  /// Traces what the agent sees to a value for each action.
  static func values(
    of network: any Network, specification: EnvironmentSpecification, actions: Int,
    recordsSignals: Bool = false, isolatesLayers: Bool = false, in tracer: Tracer
  ) -> Value {
    var input = NetworkInput(of: specification, in: tracer, recordsSignals: recordsSignals)
    input.isolatesLayers = isolatesLayers
    return network.step(input, heads: [Head(Port.values, size: actions)], in: tracer)[0]
  }
}
