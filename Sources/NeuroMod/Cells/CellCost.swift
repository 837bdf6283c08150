import Autodiff

/// What a recurrent layer takes.
public struct CellCost: Sendable, Equatable {
  /// Numbers in all its parameters.
  public let parameters: Int
  /// Numbers that it keeps from step to step, for each sequence.
  public let state: Int
}

extension CellFactory {
  /// The cost of a layer of `units` units that reads `inputs` numbers, measured on its time step.
  public func cost(inputs: Int, units: Int) -> CellCost {
    let program = Program { tracer in
      _ = make(units).step(tracer.input("x", width: inputs), in: tracer)
    }
    return CellCost(
      parameters: program.parameterCount,
      state: program.states.reduce(0) { $0 + $1.width })
  }
}
