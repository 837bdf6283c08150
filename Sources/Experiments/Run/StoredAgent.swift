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
    guard let iteration = try directory.checkpoints.find(choice) else {
      throw Failure(
        .notFound, "the run in \(directory.path) has no checkpoint yet",
        remedy: "Resume it until it has one.")
    }
    trainer = try experiment.makeTrainer(threads: Session.threadCount(threads, of: experiment))
    try Self.restore(trainer, of: experiment, in: directory, from: iteration)
    self.experiment = experiment
    self.iteration = iteration
  }

  /// Brings `trainer`, which `experiment` has made, to the state of a checkpoint of the run in
  /// `directory`.
  ///
  /// - Throws: ``Failure`` where the checkpoint is not intact, or is of another experiment.
  static func restore(
    _ trainer: any Trainer, of experiment: ResolvedExperiment, in directory: RunDirectory,
    from iteration: Int
  ) throws {
    let store = directory.checkpoints
    let checkpoint = try store.read(iteration)
    try experiment.requireSameNumbers(
      as: checkpoint.experiment, in: directory.path,
      allowing: ["evaluation", "environment", "task"],
      remedy: "Restore experiment.json.")
    do {
      try trainer.restore(from: checkpoint.archive)
    } catch {
      throw store.damaged(store.path(of: iteration), error)
    }
  }
}
