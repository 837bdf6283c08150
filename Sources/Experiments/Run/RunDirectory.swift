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

  /// Whether a run has been set up here.
  public var holdsRun: Bool { FileSystem.exists(experimentPath) }
  /// Whether the run here has come to its end.
  public var isFinished: Bool { FileSystem.exists(summaryPath) }

  /// The runs in the directories directly below, sorted; those of several seeds are kept so.
  public var runsBelow: [RunDirectory] {
    FileSystem.names(in: path).map { RunDirectory(path + "/" + $0) }.filter(\.holdsRun)
  }

  /// The runs that `path` stands for: one, or those directly below.
  ///
  /// - Throws: ``Failure`` where there is none.
  public static func runs(at path: String) throws -> [RunDirectory] {
    let directory = RunDirectory(path)
    if directory.holdsRun { return [directory] }
    let below = directory.runsBelow
    guard !below.isEmpty else {
      throw Failure(
        .notFound,
        FileSystem.exists(path) ? "there is no run in \(path)" : "there is no directory \(path)",
        remedy: "Name a directory with an experiment.json, such as runs/<name>/<time>.")
    }
    return below
  }

  /// A new place for a run of the experiment `name`: `runs/<name>/<time>-<suffix>`.
  public static func proposal(for name: String, suffix: String?) -> RunDirectory {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y%m%d-%H%M%S", &parts)
    let stamp = String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let base = "runs/\(name)/\(stamp)" + (suffix.map { "-" + $0 } ?? "")
    let candidates = sequence(first: 1) { $0 + 1 }.lazy.map { $0 == 1 ? base : "\(base)-\($0)" }
    return RunDirectory(candidates.first { !FileSystem.exists($0) } ?? base)
  }

  /// Writes the experiment into the directory, or checks that the one there is the same.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/changedExperiment`` where a different run lives here,
  ///   ``ExitReason/cannotCreate`` where nothing can be written, `ConfigurationError` where the parts of
  ///   the experiment do not fit each other; then nothing is written.
  public func prepare(_ experiment: ResolvedExperiment, origin: RunOrigin) throws {
    if holdsRun {
      try experiment.requireSameNumbers(
        as: storedExperiment(), in: path,
        remedy: "Choose another directory with --output, or run it unchanged.")
      return
    }
    guard Self.beginning.isSuperset(of: FileSystem.names(in: path)) else {
      throw Failure(
        .cannotCreate, "\(path) is not empty and holds no run",
        remedy: "Choose an empty or new directory with --output.")
    }
    _ = try experiment.makeTrainer(threads: 1)
    try FileSystem.createDirectory(path)
    try FileSystem.replace(originPath, with: Array(origin.json.pretty.utf8))
    try FileSystem.replace(experimentPath, with: Array(experiment.json.pretty.utf8))
  }

  /// What may be there of a run that failed before it was set up.
  private static let beginning: Set = [
    ".lock", "origin.json", "origin.json.tmp", "experiment.json.tmp",
  ]

  /// Writes down that the run goes on with a changed experiment.
  public func adopt(_ experiment: ResolvedExperiment, changes: [Override]) throws {
    let origin = try ExperimentFile.load(originPath)
    var all: [JSONValue.Member] = []
    if case .object(let members)? = origin["changes"] { all = members }
    for change in changes {
      all.removeAll { $0.key == change.path }
      all.append(.init(change.path, change.value))
    }
    let changed = try origin.setting("changes", to: .object(all))
    try FileSystem.replace(originPath, with: Array(changed.pretty.utf8))
    try FileSystem.replace(experimentPath, with: Array(experiment.json.pretty.utf8))
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
      .init("changes", .object(changes.map { .init($0.path, $0.value) })),
    ])
  }
}
