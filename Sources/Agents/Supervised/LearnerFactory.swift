import Sequences
import Tensor

/// What a learner is given to begin a training.
public struct LearnerContext: Sendable {
  /// What is to be learned.
  public let task: any SequenceTask
  /// The root of all random streams of the run.
  public let key: RandomKey
  /// How many threads to use. Results never depend on it.
  public let threads: Int

  /// A context.
  public init(task: any SequenceTask, key: RandomKey, threads: Int) {
    self.task = task
    self.key = key
    self.threads = threads
  }
}

/// A configured learner that can begin a training: what configurations name.
public struct LearnerFactory: Sendable {
  /// Begins a training.
  ///
  /// Throws a `ConfigurationError` where the options do not fit the task.
  public let make: @Sendable (LearnerContext) throws -> any Trainer

  /// A factory around a constructor.
  public init(make: @escaping @Sendable (LearnerContext) throws -> any Trainer) {
    self.make = make
  }
}
