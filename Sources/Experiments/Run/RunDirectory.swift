import Configuration
import Foundation
import Glibc

/// Where a run keeps its files.
///
/// ```text
/// experiment.json      the experiment with every default
/// origin.json          the file it came from and the changes made to it
/// metrics.jsonl        one line an iteration; equal runs give equal bytes
/// timings.jsonl        when and how fast
/// events.out.tfevents.metarl  the same for TensorBoard
/// checkpoints/         <iteration>/, latest, best
/// evaluation.jsonl     the test episodes of the final evaluation
/// references.json      policies that need no learning, on the same tasks
/// figures/             the learning curve, drawn at the end and by `metarl report`; analyses
/// nan/                 what to look at after a number stopped being finite
/// summary.json         the final figures
/// ```
public struct RunDirectory: Sendable, Equatable {
  /// The directory itself.
  public let path: String

  /// The run in the directory `path`.
  public init(_ path: String) {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// The last part of the path.
  public var name: String { path.split(separator: "/").last.map { String($0) } ?? path }
  /// The resolved experiment.
  public var experimentPath: String { path + "/experiment.json" }
  /// Where the experiment came from.
  public var originPath: String { path + "/origin.json" }
  /// The metrics of the training.
  public var metricsPath: String { path + "/" + MetricsRecorder.fileName }
  /// The test episodes of the final evaluation.
  public var evaluationPath: String { path + "/evaluation.jsonl" }
  /// The returns of reference policies.
  public var referencesPath: String { path + "/references.json" }
  /// Where it lies what a number that stopped being finite came from.
  public var evidencePath: String { path + "/nan" }
  /// Where figures go.
  public var figuresPath: String { path + "/figures" }
  /// The final figures.
  public var summaryPath: String { path + "/summary.json" }
  /// The checkpoints.
  public var checkpoints: CheckpointStore { CheckpointStore(directory: path + "/checkpoints") }

  /// Whether a run has been set up here. Its checkpoints hold the experiment, too, and are no runs.
  ///
  /// - Throws: ``Failure`` where that cannot be seen: what is counted must not miss a run.
  public var holdsRun: Bool {
    get throws { try FileSystem.isPresent(experimentPath) && !isCheckpoint }
  }
  /// Whether this is a checkpoint of a run.
  private var isCheckpoint: Bool {
    FileSystem.exists(path + "/" + CheckpointManifest.fileName)
  }
  /// Whether the run here has come to its end.
  public var isFinished: Bool { FileSystem.exists(summaryPath) }

  /// The runs in the directories directly below, in the order of the numbers and words in their names; those
  /// of several seeds are kept so.
  ///
  /// - Throws: ``Failure`` where it cannot be seen which there are.
  public var runsBelow: [RunDirectory] {
    get throws {
      // “.” is in directories alone.
      guard try FileSystem.isPresent(path + "/.") else { return [] }
      try FileSystem.requireReadableDirectory(path)
      return Self.inOrder(
        try FileSystem.names(in: path).map { RunDirectory(path + "/" + $0) }
          .filter { try $0.holdsRun })
    }
  }

  /// Runs by name, numbers in the names by their size: seed 2 before seed 10, and the values of a grid from
  /// the smallest to the largest.
  static func inOrder(_ runs: [RunDirectory]) -> [RunDirectory] {
    runs.map { (name: NumberedName($0.name), run: $0) }.sorted { $0.name < $1.name }.map { $0.run }
  }

  /// The runs that `path` stands for: one, or those directly below.
  ///
  /// - Throws: ``Failure`` where there is none, or where this cannot be seen.
  public static func runs(at path: String) throws -> [RunDirectory] {
    let directory = RunDirectory(path)
    if try directory.holdsRun { return [directory] }
    let below = try directory.runsBelow
    guard !below.isEmpty else {
      try directory.refuseCheckpoints()
      throw Failure(
        .notFound,
        FileSystem.exists(path) ? "there is no run in \(path)" : "there is no directory \(path)",
        remedy: "Name a directory with an experiment.json, such as runs/<name>/<time>.")
    }
    return below
  }

  /// Says which directory to name instead where this one is a checkpoint or holds the checkpoints of a run.
  ///
  /// - Throws: ``Failure`` where it does.
  private func refuseCheckpoints() throws {
    let isCheckpoint = self.isCheckpoint
    let holdsCheckpoints = FileSystem.names(in: path).contains {
      RunDirectory(path + "/" + $0).isCheckpoint
    }
    guard isCheckpoint || holdsCheckpoints else { return }
    let store = isCheckpoint ? FileSystem.parentDirectory(of: path) : path
    let run = RunDirectory(FileSystem.parentDirectory(of: store))
    let place = try run.holdsRun ? "Name the run, \(run.path)" : "Name the run that it belongs to"
    guard isCheckpoint else {
      throw Failure(.notFound, "\(path) holds the checkpoints of a run", remedy: place + ".")
    }
    let iteration = Int(RunDirectory(FileSystem.linkTarget(path) ?? path).name)
    let choice = iteration.map { ", with --checkpoint \($0), or --from \($0) of resume" } ?? ""
    throw Failure(.notFound, "\(path) is a checkpoint, not a run", remedy: place + choice + ".")
  }

  /// Makes a new directory for a run of the experiment `name`, which no other process gets as well:
  /// `runs/<name>/<time>-<suffix>`.
  ///
  /// - Throws: ``Failure`` where it cannot be made.
  public static func makeNew(
    for name: String, suffix: String?, below parent: String = "runs"
  ) throws -> RunDirectory {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y%m%d-%H%M%S", &parts)
    let stamp = String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let base = "\(parent)/\(name)/\(stamp)" + (suffix.map { "-" + $0 } ?? "")
    try FileSystem.createDirectory(FileSystem.parentDirectory(of: base))
    var (path, count) = (base, 1)
    while try !FileSystem.createNewDirectory(path) {
      count += 1
      path = "\(base)-\(count)"
    }
    return RunDirectory(path)
  }

  /// Removes the directory unless there is something in it.
  public func removeIfEmpty() { rmdir(path) }

  /// Writes the experiment into the directory, or checks that the one there is the same.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/changedExperiment`` where a different run lives here,
  ///   ``ExitReason/busy`` where another process is setting one up, ``ExitReason/cannotCreate`` where nothing
  ///   can be written, `ConfigurationError` where the parts of the experiment do not fit each other; then
  ///   nothing is written.
  public func prepare(_ experiment: ResolvedExperiment, origin: RunOrigin) throws {
    try check(experiment)
    try setUp(experiment, origin: origin)
  }

  /// Checks that the directory can be that of a run of `experiment`, and that this can be trained. Writes nothing.
  func check(_ experiment: ResolvedExperiment) throws {
    // Looked at first, for another process may be setting up a run.
    let names = FileSystem.names(in: path)
    if try holdsRun(of: experiment) { return }
    guard Self.beginning.isSuperset(of: names) else {
      throw Failure(
        .cannotCreate, "\(path) is not empty and holds no run",
        remedy: "Choose an empty or new directory with --output.")
    }
    _ = try experiment.makeTrainer(threads: 1)
  }

  /// Writes the experiment into the directory unless it is there.
  func setUp(_ experiment: ResolvedExperiment, origin: RunOrigin) throws {
    if try holdsRun(of: experiment) { return }
    try FileSystem.createDirectory(path)
    let lock = try DirectoryLock(directory: path)
    try withExtendedLifetime(lock) {
      // Another process may have come first.
      if try holdsRun(of: experiment) { return }
      try FileSystem.replace(originPath, with: Array(origin.json.pretty.utf8))
      try FileSystem.replace(experimentPath, with: Array(experiment.json.pretty.utf8))
    }
  }

  /// Whether the run here is one of `experiment`; false where there is none.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/changedExperiment`` where it is of another one.
  private func holdsRun(of experiment: ResolvedExperiment) throws -> Bool {
    guard try holdsRun else { return false }
    try experiment.requireSameNumbers(
      as: storedExperiment(), in: path, remedy: Self.remedyForAnother)
    return true
  }

  /// Checks that the runs in the directories directly below are of `experiment`, whichever their seeds and their
  /// points of its grid: one report is to be made of all of them.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/changedExperiment`` where one is of another experiment.
  public func requireRunsBelow(of experiment: ResolvedExperiment) throws {
    let varied = experiment.experiment.grid.paths.map { path in
      // Lists are compared as a whole.
      let option = String(path.prefix { $0 != "[" })
      // Another name comes with other options.
      return option.hasSuffix(".name") ? String(option.dropLast(".name".count)) : option
    }
    for run in try runsBelow {
      try experiment.requireSameNumbers(
        as: run.storedExperiment(), in: run.path, allowing: ["seed", "seeds", "grid"] + varied,
        remedy: Self.remedyForAnother)
    }
  }

  private static let remedyForAnother =
    "Choose another directory with --output, or run it unchanged."

  /// What may be there of a run that failed before it was set up.
  private static let beginning: Set = [
    ".lock", "origin.json", "origin.json.tmp", "experiment.json.tmp",
  ]

  /// Takes back that the run is complete. Comes before any of its training is given up, for what has lost some
  /// must not look complete, whenever the process ends.
  func reopen() throws {
    guard isFinished else { return }
    FileSystem.remove(summaryPath)
    guard !isFinished else {
      throw Failure(
        .inputOutput, "cannot remove \(summaryPath)",
        remedy: "Make \(path) writable for this user.")
    }
    try FileSystem.synchronizeDirectory(path)
  }

  /// Writes down that the run goes on with a changed experiment. The checkpoints that it has hold the
  /// experiment without the changes, and may be used all the same from here on.
  public func adopt(_ experiment: ResolvedExperiment, changes: [Override]) throws {
    let origin = try ExperimentFile.load(originPath)
    let changed = try ["changes", Self.adoptedKey].reduce(origin) { origin, key in
      var earlier: [JSONValue.Member] = []
      if case .object(let members)? = origin[key] { earlier = members }
      return try origin.setting(key, to: .object(changes.members(after: earlier)))
    }
    // First, for an experiment that is changed without a word about it would be refused.
    try FileSystem.replace(originPath, with: Array(changed.pretty.utf8))
    try FileSystem.replace(experimentPath, with: Array(experiment.json.pretty.utf8))
  }

  /// In origin.json, the changes since the run was started; they are among all changes, too.
  private static let adoptedKey = "adopted"

  /// The changes with which the run goes on since it was started, in order.
  ///
  /// - Throws: `ConfigurationError` where one is written down with a malformed path.
  var adoptedChanges: [Override] {
    get throws {
      // A run that adopted nothing is used also without its origin.json.
      guard case .object(let members)? = (try? ExperimentFile.load(originPath))?[Self.adoptedKey]
      else { return [] }
      return try members.map { try Override(path: $0.key, value: $0.value) }
    }
  }

  /// The experiment of the run as it was stored.
  public func storedExperiment() throws -> JSONValue { try ExperimentFile.load(experimentPath) }
}

extension JSONPath {
  /// Whether `path` is this place or one below it.
  func contains(_ path: JSONPath) -> Bool {
    path == self || path.description.hasPrefix(description + ".")
      || path.description.hasPrefix(description + "[")
  }
}

/// Where the experiment of a run came from.
public struct RunOrigin: Sendable, Equatable {
  /// The file.
  public let file: String
  /// The changes made to it, in order.
  public let changes: [Override]

  /// An origin.
  public init(file: String, changes: [Override]) {
    self.file = file
    self.changes = changes
  }

  var json: JSONValue {
    .object([
      .init("file", .string(file)),
      .init("changes", .object(changes.members())),
    ])
  }
}

extension [Override] {
  /// The `earlier` changes and these, each option once: what an object holds twice cannot be read, and the
  /// last change is the one that counts.
  fileprivate func members(after earlier: [JSONValue.Member] = []) -> [JSONValue.Member] {
    reduce(into: earlier) { members, change in
      members.removeAll { $0.key == change.path }
      members.append(.init(change.path, change.value))
    }
  }
}
