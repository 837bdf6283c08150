import Agents
import Configuration
import Envs

/// Everything a report needs to know of one run.
public struct RunData: Sendable {
  /// Where the run is.
  public let directory: RunDirectory
  /// The experiment with every default of this version.
  public let experiment: JSONValue
  /// What decides what is learned, but for the seed, and on which tasks it is tested: runs with the same are
  /// samples of one thing.
  let setting: JSONValue
  /// A short name for the setting.
  let settingName: String
  /// What was changed in the experiment file for this run.
  public let changes: [Override]
  /// The rows of the training in order.
  public let rows: [MetricRow]
  /// The final figures, nil while the run is not complete.
  public let summary: Summary?

  /// Reads a run. Options that are newer than it count with their defaults.
  ///
  /// - Parameter library: where its names are looked up; an experiment with others counts as it is stored.
  /// - Throws: ``Failure`` for files that are missing or broken.
  public init(of directory: RunDirectory, library: Library) throws {
    self.directory = directory
    let stored = try directory.storedExperiment()
    experiment = (try? ResolvedExperiment(json: stored, library: library))?.json ?? stored
    // How a run is tested decides nothing of the training; other tasks are another kind of test.
    let learned = ["evaluation", "seed", "seeds", "grid"]
      .reduce(ResolvedExperiment.decisivePart(of: experiment)) { $0.removing($1) }
    setting =
      try experiment["evaluation"]?["tasks"].map {
        try learned.setting("evaluation.tasks", to: $0)
      } ?? learned
    settingName = ResolvedExperiment.fingerprint(of: setting)
    changes = try Self.changes(in: directory)
    rows =
      FileSystem.exists(directory.metricsPath)
      ? try MetricsRecorder.rows(in: directory.metricsPath) : []
    summary = directory.isFinished ? try Summary(contentsOf: directory.summaryPath) : nil
  }

  private static func changes(in directory: RunDirectory) throws -> [Override] {
    guard FileSystem.exists(directory.originPath),
      case .object(let members)? = try ExperimentFile.load(directory.originPath)["changes"]
    else { return [] }
    return try members.map { try Override(path: $0.key, value: $0.value) }
  }

  /// The name of the experiment.
  public var name: String {
    if case .string(let name)? = experiment["name"] { name } else { directory.path }
  }

  /// The seed as written.
  public var seed: String {
    if case .number(let seed)? = experiment["seed"] { seed } else { "?" }
  }

  /// How many iterations a point of a curve is averaged over.
  public var smoothing: Int {
    guard case .number(let text)? = experiment["report"]?["smoothing"] else { return 1 }
    return Int(text) ?? 1
  }

  /// The metric that says how good the agent is; the first one while the run is not complete.
  public var headlineMetric: String? {
    summary?.headlineMetric ?? rows.first?.metrics.first?.name
  }

  /// Whether sequences are learned, not acting.
  public var isSupervised: Bool { experiment["task"] != nil }

  /// Whether its agent is tested on tasks that it learns from.
  var isTestedOnTrainingTasks: Bool {
    experiment["evaluation"]?["tasks"] == .string(TaskSplit.train.rawValue)
  }

  /// What its training counts, for the axis of its curves.
  public var unit: ProgressUnit {
    if isSupervised { return .updates }
    // Rows of earlier versions do not know the time, and without rows nobody does.
    let knowsTime = rows.allSatisfy { $0.progress.simulatedSeconds != nil }
    return knowsTime && !rows.isEmpty ? .simulatedHours : .environmentSteps
  }

  /// One metric over the training in `unit`.
  public func series(_ metric: String, over unit: ProgressUnit) -> LearningCurve.Seed {
    LearningCurve.Seed(
      x: rows.map { $0.progress.amount(of: unit) }, y: rows.map { $0[metric] })
  }
}
