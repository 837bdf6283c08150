import Autodiff
import Configuration
import NeuroMod
import Tensor

/// Something that changes a network's parameters before the training begins, such as a warm-up or a
/// special initialisation. Stages run one after the other at the beginning of the first iteration.
/// A trainer whose networks have parameters apart, such as actor and critic, runs them on each.
public protocol TrainingStage: Configurable {
  /// Changes `context.parameters`.
  ///
  /// - Returns: what to log in the first iteration.
  /// - Throws: `ConfigurationError` where the stage does not suit the network, ``NumericalError`` when a
  ///   number stops being finite.
  func run(_ context: StageContext) throws -> [Metric]
}

/// What a stage works on.
public struct StageContext {
  /// The network.
  public let network: any Network
  /// The network as one program: for a task from ``TaskProgram/inputPort`` to
  /// ``TaskProgram/outputPort``, for an agent from what it sees to its heads.
  public let program: Program
  /// Its parameters, which the training begins with.
  public let parameters: ParameterStore
  /// What the names of these parameters begin with in checkpoints.
  public internal(set) var weightsPrefix = TaskProgram.weightsPrefix
  /// Sequences of what the network will learn from.
  public let trajectories: any TrajectorySource
  /// The stage's place in the experiment, for errors.
  public internal(set) var path: JSONPath
  /// Names the streams of the stage.
  public internal(set) var key: RandomKey
  /// The threads.
  public let pool: ThreadPool
}
