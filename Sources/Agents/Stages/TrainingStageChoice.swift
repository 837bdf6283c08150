import Autodiff
import Configuration
import Tensor

extension Registry<any TrainingStage> {
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
