import Autodiff
import Envs
import NeuroMod

extension NetworkInput {
  /// The input ports of a network that acts in an environment.
  init(
    of specification: EnvironmentSpecification, in tracer: Tracer, recordsSignals: Bool = false
  ) {
    self.init(
      observationSize: specification.observationSpace.count,
      actionSize: specification.executedActionSize, in: tracer, recordsSignals: recordsSignals)
  }
}
