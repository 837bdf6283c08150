import Agents
import Configuration
import Envs

/// A test of a stored agent or network, apart from its training.
public struct Evaluation: Sendable {
  /// The run.
  public let directory: RunDirectory
  /// The iterations after which it was stored.
  public let iteration: Int
  /// Which tasks of the environment it was tested on.
  public let tasks: TaskSplit
  /// What it reached.
  public let statistics: TestStatistics
  /// What policies or answers that need no learning reach in the same test.
  public let references: [ReferenceRow]

  /// Restores a checkpoint and tests it. Changes nothing on the disk.
  ///
  /// - Throws: ``Failure`` where there is no intact checkpoint, or it is of another experiment.
  public init(
    _ experiment: ResolvedExperiment, in directory: RunDirectory,
    checkpoint choice: CheckpointChoice, threads: Int?
  ) throws {
    let agent = try StoredAgent(
      experiment, in: directory, checkpoint: choice, threads: threads)
    self.directory = directory
    iteration = agent.iteration
    tasks = experiment.experiment.evaluation.tasks
    statistics = experiment.statistics(of: try experiment.test(agent.trainer))
    references = try ReferenceRow.known(for: experiment, in: directory)
  }

  /// The figures for scripts.
  public var json: JSONValue {
    .object(
      [.init("run", .string(directory.path)), .init("iteration", .number(iteration))]
        + statistics.members + [.init("references", .array(references.map(\.json)))])
  }

  /// The figures for people.
  public var table: String {
    RunReport.aligned(
      [
        ["\(directory.path), iteration \(iteration)"] + statistics.columns,
        [tasks == .train ? "test on training tasks" : "test"] + statistics.cells,
      ] + references.map { [$0.name] + $0.statistics.cells })
      + (ActivityReport([("test", [statistics])]).map { "\n\n" + $0.table } ?? "")
      + (TrialReport([("", [statistics])]).map { "\n\n" + $0.table } ?? "")
  }
}
