import Envs
import Tensor

/// What an agent is given to begin a training.
public struct TrainerContext: Sendable {
  /// The environment to learn in.
  public let environment: EnvironmentFactory
  /// The root of all random streams of the run.
  public let key: RandomKey
  /// How many threads to use. Results never depend on it.
  public let threads: Int

  /// A context.
  public init(environment: EnvironmentFactory, key: RandomKey, threads: Int) {
    self.environment = environment
    self.key = key
    self.threads = threads
  }
}

/// A configured agent that can begin a training: what configurations name.
public struct AgentFactory: Sendable {
  /// The discount with which returns are reported, also those of reference policies.
  public let discount: Double
  /// Begins a training.
  ///
  /// Throws a `ConfigurationError` where the options do not fit the environment.
  public let make: @Sendable (TrainerContext) throws -> any Trainer

  /// A factory around a constructor.
  public init(
    discount: Double, make: @escaping @Sendable (TrainerContext) throws -> any Trainer
  ) {
    self.discount = discount
    self.make = make
  }
}
