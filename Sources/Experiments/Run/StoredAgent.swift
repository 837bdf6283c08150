import Agents
import Configuration

/// A trainer as one of a run's checkpoints left it, apart from its training.
public struct StoredAgent {
  /// The experiment it was trained in.
  public let experiment: ResolvedExperiment
  /// The trainer.
  public let trainer: any Trainer
  /// The iterations after which it was stored.
  public let iteration: Int

  /// Restores a checkpoint. Changes nothing on the disk.
  ///
  /// - Throws: ``Failure`` where there is no intact checkpoint, or it is of another experiment.
  public init(
    _ experiment: ResolvedExperiment, in directory: RunDirectory,
    checkpoint choice: CheckpointChoice, threads: Int?
  ) throws {
    let store = directory.checkpoints
    guard let iteration = try store.find(choice) else {
      throw Failure(
        .notFound, "the run in \(directory.path) has no checkpoint yet",
        remedy: "Resume it until it has one.")
    }
    let checkpoint = try store.read(iteration)
    try experiment.requireSameNumbers(
      as: checkpoint.experiment, in: directory.path, allowing: ["evaluation", "environment", "task"],
      remedy: "Restore experiment.json.")
    trainer = try experiment.makeTrainer(threads: Session.threadCount(threads, of: experiment))
    do {
      try trainer.restore(from: checkpoint.archive)
    } catch {
      throw store.damaged(store.path(of: iteration), error)
    }
    self.experiment = experiment
    self.iteration = iteration
  }
}
