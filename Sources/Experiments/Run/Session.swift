import Agents
import Configuration
import Foundation
import Tensor

/// How to carry out a run; nothing here changes its numbers.
public struct SessionOptions {
  /// Threads, nil for what the experiment says.
  public var threads: Int?
  /// The checkpoint to go on from.
  public var checkpoint = CheckpointChoice.latest
  /// Paths of options that may differ from those of the checkpoint.
  public var allowedChanges: [String] = []
  /// What is recorded, in addition to metrics, timings and TensorBoard events.
  public var recorders: [any Recorder] = []
  /// Shows how the training is getting on.
  public var display: any ProgressDisplay = SilentProgress()
  /// Asks after each iteration whether to stop.
  public var shouldStop: () -> Bool = { Interruption.isRequested }

  /// The defaults.
  public init() {}
}

/// How a session ended.
public enum SessionEnd: Sendable, Equatable {
  /// The training is complete.
  case finished(Summary)
  /// The training was asked to stop and has been stored after that many iterations.
  case interrupted(iteration: Int)
}

/// One process's part of a run: from its beginning or its last checkpoint to its end.
///
/// Whatever happens on the way, the run directory holds either no checkpoint or whole ones, and going
/// on from any of them gives the same bytes as never having stopped.
public final class Session {
  /// Where the run is.
  public let directory: RunDirectory
  /// What is run.
  public let experiment: ResolvedExperiment
  /// What learns.
  public let trainer: any Trainer

  private let options: SessionOptions
  private let lock: DirectoryLock
  private let logs: [(recorder: any Recorder, file: LogFile)]
  private var selection: CheckpointSelection
  private var elapsed: Double
  private var storedIteration: Int?
  private let fingerprint: String

  // MARK: Beginning

  /// Opens the run in `directory`, which `RunDirectory.prepare` has set up, and restores its
  /// checkpoint if it has one. Nothing is changed on the disk before the checkpoint has been read,
  /// checked and restored.
  ///
  /// - Throws: ``Failure`` or `ConfigurationError`.
  public init(
    _ experiment: ResolvedExperiment, in directory: RunDirectory, options: SessionOptions
  ) throws {
    try Machine.pinLinearAlgebraToOneThread()
    self.experiment = experiment
    self.directory = directory
    self.options = options
    lock = try DirectoryLock(directory: directory.path)
    let store = directory.checkpoints
    try store.recover()
    fingerprint = ResolvedExperiment.fingerprint(of: experiment.json)
    trainer = try experiment.makeTrainer(
      threads: Self.threadCount(options.threads, of: experiment))

    let recorders: [any Recorder] =
      [MetricsRecorder(), TimingsRecorder(), TensorBoardRecorder()]
      + options.recorders
    guard let iteration = try store.find(options.checkpoint) else {
      selection = CheckpointSelection()
      elapsed = 0
      try directory.reopen()
      for remark in trainer.remarks { options.display.note("note: \(remark)") }
      logs = try recorders.map { recorder in
        let file = try LogFile(path: directory.path + "/" + recorder.fileName, keeping: 0)
        try file.append(recorder.header(date: Date().timeIntervalSince1970))
        return (recorder, file)
      }
      return
    }
    let checkpoint = try store.read(iteration)
    try Self.check(checkpoint, of: experiment, in: directory, options: options)
    do {
      try trainer.restore(from: checkpoint.archive)
    } catch let error as ArchiveError {
      guard options.allowedChanges.isEmpty else {
        throw Failure(
          .checkpoint,
          "the checkpoint \(store.path(of: iteration)) does not fit the changed experiment: \(error)",
          remedy: "Leave out the change of \(options.allowedChanges.joined(separator: ", ")).")
      }
      throw store.damaged(iteration, error)
    }
    if trainer.isFinished && directory.isFinished {
      try experiment.requireSameNumbers(
        as: checkpoint.experiment, in: directory.path, allowing: ["evaluation"],
        remedy:
          "Nothing is left to train, so the change has no effect: leave it out, or go on from "
          + "an earlier checkpoint with --from.")
    }
    selection = checkpoint.manifest.selection
    elapsed = checkpoint.manifest.elapsedSeconds
    storedIteration = iteration
    if !trainer.isFinished { try directory.reopen() }
    // Before the logs are cut, for later checkpoints would not fit what is left of them.
    try store.goBack(to: iteration, best: selection.bestIteration)
    logs = try recorders.map { recorder in
      let position = checkpoint.manifest.logs.first { $0.name == recorder.fileName }?.bytes
      let file = try LogFile(
        path: directory.path + "/" + recorder.fileName, keeping: position ?? 0)
      if position == nil {
        try file.append(recorder.header(date: Date().timeIntervalSince1970))
      }
      return (recorder, file)
    }
    // A process that was killed after this checkpoint may have left more of those before than are kept.
    prune()
  }

  /// As many threads as asked for here or in the experiment, 0 meaning one on each processor.
  static func threadCount(_ threads: Int?, of experiment: ResolvedExperiment) -> Int {
    let threads = threads ?? experiment.experiment.threads
    return threads > 0 ? threads : max(1, ProcessInfo.processInfo.activeProcessorCount)
  }

  private static func check(
    _ checkpoint: Checkpoint, of experiment: ResolvedExperiment, in directory: RunDirectory,
    options: SessionOptions
  ) throws {
    try experiment.requireSameNumbers(
      as: checkpoint.experiment, in: directory.path, allowing: options.allowedChanges,
      remedy: "Restore experiment.json, or say --allow-config-change with that path.")
    for log in checkpoint.manifest.logs {
      let size = FileSystem.size(directory.path + "/" + log.name) ?? 0
      guard size >= log.bytes else {
        throw Failure(
          .checkpoint,
          "\(directory.path)/\(log.name) has \(size) bytes, the checkpoint was made at \(log.bytes)",
          remedy: "Restore the file, or go on from an earlier checkpoint with --from.")
      }
    }
    let current = Machine.current
    if checkpoint.manifest.machine != current {
      options.display.note(
        "note: the checkpoint was made by another build or on another machine; "
          + "the last bits of the results may differ.")
    }
  }

  // MARK: Running

  /// Trains to the end, evaluates, and writes the summary; or stops early when asked to.
  ///
  /// - Throws: ``Failure`` when a number stops being finite or a file cannot be written. The last
  ///   checkpoint is then as it was.
  public func run() throws -> SessionEnd {
    guard try train() else {
      return .interrupted(iteration: trainer.progress.iterations)
    }
    return .finished(try conclude())
  }

  /// Trains to the end; false where it was asked to stop before.
  private func train() throws -> Bool {
    // Also where it fails, for what is wrong needs a line of its own.
    defer { options.display.finish() }
    let total = trainer.totalIterations
    let begin = (iteration: trainer.progress.iterations, elapsed: elapsed)
    while !trainer.isFinished {
      if options.shouldStop() {
        try store(closing: false)
        return false
      }
      let (row, timing) = try iterate()
      try record(row, timing: timing)
      let iteration = row.progress.iterations
      if iteration % experiment.experiment.checkpoint.every == 0 || trainer.isFinished {
        try store(closing: true)
      }
      let done = Double(iteration - begin.iteration)
      options.display.update(
        ProgressStatus(
          iteration: iteration, totalIterations: total, stepsPerSecond: timing.stepsPerSecond,
          stepName: row.progress.stepName,
          secondsLeft: (elapsed - begin.elapsed) / done * Double(total - iteration),
          headline: Metric(trainer.headlineMetric, row[trainer.headlineMetric])))
    }
    return true
  }

  private func iterate() throws -> (MetricRow, Timing) {
    let steps = trainer.progress.clock
    let start = ContinuousClock.now
    var metrics = try guarded { try trainer.trainIteration() }
    let seconds = Self.seconds(start.duration(to: .now))
    let iteration = trainer.progress.iterations
    let every = experiment.experiment.evaluation.every
    if every > 0 && iteration % every == 0 {
      metrics += experiment.statistics(of: try evaluate()).metrics
    }
    elapsed += Self.seconds(start.duration(to: .now))
    let taken = Double(trainer.progress.clock - steps)
    return (
      MetricRow(progress: trainer.progress, metrics: metrics),
      Timing(
        date: Date().timeIntervalSince1970, seconds: seconds,
        stepsPerSecond: seconds > 0 ? taken / seconds : 0)
    )
  }

  private static func seconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  private func evaluate() throws -> TestResult { try guarded { try experiment.test(trainer) } }

  private func record(_ row: MetricRow, timing: Timing) throws {
    selection.observe(row[trainer.headlineMetric])
    for (recorder, file) in logs { try file.append(recorder.encode(row, timing: timing)) }
  }

  // MARK: Storing

  /// Writes a checkpoint, unless the present iteration already has one.
  private func store(closing: Bool) throws {
    let iteration = trainer.progress.iterations
    if iteration == storedIteration && !closing { return }
    if closing { selection.close(at: iteration, lowerIsBetter: trainer.lowerIsBetter) }
    var archive = Archive()
    try trainer.save(into: &archive)
    for (_, file) in logs { try file.synchronize() }
    let manifest = CheckpointManifest(
      experiment: fingerprint, progress: trainer.progress, elapsedSeconds: elapsed,
      selection: selection,
      logs: logs.map { .init(name: $0.recorder.fileName, bytes: $0.file.length) })
    let store = directory.checkpoints
    try guarded {
      do {
        try store.write(archive, manifest: manifest, experiment: experiment.json)
      } catch let error as CheckpointFiles.NonFinite {
        throw NumericalError(quantity: error.tensor, iteration: iteration)
      }
    }
    storedIteration = iteration
    prune()
  }

  private func prune() {
    directory.checkpoints.prune(
      keeping: experiment.experiment.checkpoint.keep, best: selection.bestIteration)
  }

  /// Runs `body` and explains a number that stopped being finite.
  private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as NumericalError {
      let last = try directory.checkpoints.find(.latest)
      let evidence = NumericalEvidence(
        of: error, in: experiment.place, lastCheckpoint: last, trainer: trainer)
      let sight: String
      do {
        try evidence.write(into: directory.evidencePath)
        sight = "What it came from is in \(directory.evidencePath)."
      } catch let failure as Failure {
        sight = "What it came from could not be written: \(failure.problem)."
      }
      throw Failure(
        .numerical, "\(error) (\(experiment.place))",
        remedy: (last.map {
          "The checkpoint of iteration \($0) is intact; lower the learning rate and start again, or "
            + "resume it with --set and --allow-config-change. "
        } ?? "There was no checkpoint yet; lower the learning rate and start again. ") + sight)
    }
  }

  // MARK: Ending

  private func conclude() throws -> Summary {
    options.display.note("testing on \(try experiment.testCases)")
    let result = try evaluate()
    try FileSystem.replace(directory.evaluationPath, with: Array(result.lines.utf8))
    let references = try ReferenceRow.rows(of: experiment, in: directory)
    let origin = try? ExperimentFile.load(directory.originPath)
    let summary = Summary(
      experiment, changes: origin?["changes"] ?? .object([]), trainer: trainer,
      wallSeconds: elapsed, test: experiment.statistics(of: result), references: references)
    try FileSystem.replace(directory.summaryPath, with: Array(summary.json.pretty.utf8))
    return summary
  }
}
