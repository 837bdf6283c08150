import Agents
import Configuration
import Envs

/// A test of a stored agent, apart from its training.
public struct Evaluation: Sendable {
  /// The run.
  public let directory: RunDirectory
  /// The iterations after which the agent was stored.
  public let iteration: Int
  /// What it reached.
  public let statistics: EpisodeStatistics

  /// Restores a checkpoint and tests it. Changes nothing on the disk.
  ///
  /// - Throws: ``Failure`` where there is no intact checkpoint, or it is of another experiment.
  public init(
    _ experiment: ResolvedExperiment, in directory: RunDirectory,
    checkpoint choice: CheckpointChoice, threads: Int?
  ) throws {
    let agent = try StoredAgent(
      experiment, in: directory, checkpoint: choice, threads: threads)
    let episodes = try agent.trainer.evaluate(
      episodes: experiment.experiment.evaluation.episodes, key: experiment.evaluationKey)
    self.directory = directory
    iteration = agent.iteration
    statistics = EpisodeStatistics(
      episodes, counterNames: experiment.environment.specification.counterNames)
  }

  /// The figures for scripts.
  public var json: JSONValue {
    .object(
      [.init("run", .string(directory.path)), .init("iteration", .number(iteration))]
        + statistics.members)
  }

  /// The figures for people.
  public var table: String {
    RunReport.aligned([
      ["\(directory.path), iteration \(iteration)"]
        + ["return", "95 % interval", "IQM", "discounted", "episodes"],
      RunReport.row("test", statistics),
    ])
  }
}
