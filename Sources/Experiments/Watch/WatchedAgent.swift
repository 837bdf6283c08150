import Agents

/// The agent of a run as its chosen checkpoint has it, kept up to date while the run goes on. Before the
/// first checkpoint it is the agent that the training begins with.
final class WatchedAgent {
  /// The trainer in the state shown.
  let trainer: any Trainer
  /// The iterations after which that state was stored.
  private(set) var iteration = 0

  private let experiment: ResolvedExperiment
  private let directory: RunDirectory
  private let choice: CheckpointChoice

  /// The agent of the run in `directory`.
  ///
  /// - Throws: ``Failure`` where the checkpoint is not intact, or is of another experiment.
  init(
    _ experiment: ResolvedExperiment, in directory: RunDirectory,
    checkpoint choice: CheckpointChoice
  ) throws {
    self.experiment = experiment
    self.directory = directory
    self.choice = choice
    trainer = try experiment.makeTrainer(threads: 1)
    try update()
  }

  /// Whether there is another checkpoint than the one shown.
  var isOutdated: Bool {
    get throws { try directory.checkpoints.find(choice).map { $0 != iteration } ?? false }
  }

  /// Takes over the chosen checkpoint.
  ///
  /// - Throws: ``Failure`` where it is not intact, or is of another experiment.
  func update() throws {
    guard let chosen = try directory.checkpoints.find(choice), chosen != iteration else { return }
    iteration = try StoredAgent.restore(
      trainer, of: experiment, in: directory, from: chosen, found: choice)
  }
}
