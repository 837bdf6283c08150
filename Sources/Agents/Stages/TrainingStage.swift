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
  /// The network as one program: for a task from ``SequenceTrainer/inputPort`` to
  /// ``SequenceTrainer/outputPort``, for an agent from what it sees to its heads.
  public let program: Program
  /// Its parameters, which the training begins with.
  public let parameters: ParameterStore
  /// What the names of these parameters begin with in checkpoints.
  public internal(set) var weightsPrefix = SequenceTrainer.weightsPrefix
  /// Sequences of what the network will learn from.
  public let trajectories: any TrajectorySource
  /// The stage's place in the experiment, for errors.
  public internal(set) var path: JSONPath
  /// Names the streams of the stage.
  public internal(set) var key: RandomKey
  /// The threads.
  public let pool: ThreadPool
}

extension Registry<any TrainingStage> {
  /// The stages that come with MetaRL.
  public static var standard: Registry<any TrainingStage> {
    var registry = Registry(kind: "stage")
    registry.register(
      "stored-weights", "Begin with the weights of another run.", StoredWeights.self)
    registry.register(
      "warmup", "Begin with many attractors: raise the multistability that sequences reach.",
      WarmUp.self)
    return registry
  }

  /// Adds a stage type under `name`.
  public mutating func register<Stage: TrainingStage>(
    _ name: String, _ summary: String, _ type: Stage.Type
  ) {
    register(Entry(name, summary, options: Stage.self) { $0 })
  }
}

/// A stage named in a configuration, with its options.
public struct TrainingStageChoice: RegistryChoice {
  /// Stages.
  public static var kind: String { "stage" }
  /// Where names are looked up. The experiment binds it to its own library while it reads.
  @TaskLocal public static var registry = Registry<any TrainingStage>.standard

  /// The name with every option filled in.
  public let json: JSONValue
  /// The stage.
  public let stage: any TrainingStage

  /// A stage that has been looked up.
  public init(_ stage: any TrainingStage, json: JSONValue) {
    self.stage = stage
    self.json = json
  }
}

extension [TrainingStageChoice] {
  /// Runs the stages one after the other and returns what to log.
  ///
  /// - Parameters:
  ///   - context: what they work on, with the path and the key of the whole list.
  ///   - updater: what will change the parameters then; it takes note of what the stages did.
  func run(_ context: StageContext, before updater: any ParameterUpdater) throws -> [Metric] {
    let metrics = try enumerated().flatMap { index, choice -> [Metric] in
      var own = context
      (own.path, own.key) = (context.path.appending(index), context.key / index)
      return try choice.stage.run(own)
    }
    updater.adopt(context.parameters)
    return metrics
  }
}
