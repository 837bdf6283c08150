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
  /// - Throws: ``Failure`` where there is no intact checkpoint, or it is of another experiment, or does
  ///   not suit the environment or task where that is another one than in training.
  public init(
    _ experiment: ResolvedExperiment, in directory: RunDirectory,
    checkpoint choice: CheckpointChoice, threads: Int?
  ) throws {
    try Machine.pinLinearAlgebraToOneThread()
    guard let chosen = try directory.checkpoints.find(choice) else {
      throw Failure(
        .notFound, "the run in \(directory.path) has no checkpoint yet",
        remedy: "Resume it until it has one.")
    }
    trainer = try experiment.makeTrainer(threads: Session.threadCount(threads, of: experiment))
    iteration = try Self.restore(
      trainer, of: experiment, in: directory, from: chosen, found: choice)
    self.experiment = experiment
  }

  /// Brings `trainer`, which `experiment` has made, to what a checkpoint of the run in `directory` says.
  /// Where the environment or task is another one than in training, only what was learned is restored.
  ///
  /// - Parameters:
  ///   - iteration: The checkpoint.
  ///   - choice: How it was found. A run at work may have removed it since; then it is looked for again.
  /// - Returns: the iterations after which the state was stored.
  /// - Throws: ``Failure`` where the checkpoint is not intact, is of another experiment, or does not suit
  ///   the other environment or task.
  static func restore(
    _ trainer: any Trainer, of experiment: ResolvedExperiment, in directory: RunDirectory,
    from iteration: Int, found choice: CheckpointChoice
  ) throws -> Int {
    do {
      try restore(trainer, of: experiment, in: directory, from: iteration)
      return iteration
    } catch {
      guard let next = try directory.checkpoints.find(choice), next != iteration
      else { throw error }
      try restore(trainer, of: experiment, in: directory, from: next)
      return next
    }
  }

  private static func restore(
    _ trainer: any Trainer, of experiment: ResolvedExperiment, in directory: RunDirectory,
    from iteration: Int
  ) throws {
    let store = directory.checkpoints
    let path = store.path(of: iteration)
    let checkpoint = try store.read(iteration)
    func requireSameNumbers(allowing changes: [String]) throws {
      try experiment.requireSameNumbers(
        as: checkpoint.experiment, in: directory.path, allowing: changes,
        remedy: "A test can change environment, task and evaluation alone: leave out that --set, "
          + "or restore experiment.json.")
    }
    try requireSameNumbers(allowing: ["evaluation", "environment", "task"])
    do {
      try requireSameNumbers(allowing: ["evaluation"])
    } catch {
      return try restoreLearned(trainer, of: experiment, from: checkpoint, at: path)
    }
    do {
      try trainer.restore(from: checkpoint.archive)
    } catch {
      throw store.damaged(iteration, error)
    }
  }

  private static func restoreLearned(
    _ trainer: any Trainer, of experiment: ResolvedExperiment, from checkpoint: Checkpoint,
    at path: String
  ) throws {
    do {
      try trainer.restoreLearned(from: checkpoint.archive)
    } catch {
      throw Failure(
        .checkpoint,
        "the checkpoint \(path) does not suit the changed \(experiment.place): \(error)",
        remedy: "Leave out the change that alters the size of what the network reads or gives.")
    }
  }
}
