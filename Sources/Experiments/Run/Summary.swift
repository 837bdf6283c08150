import Agents
import Configuration

/// The final figures of a run, as in `summary.json`.
public struct Summary: Sendable, Equatable {
  /// The name of the experiment.
  public var experiment: String
  /// The version that made the run.
  public var version: String
  /// The seed of the training.
  public var seed: UInt64
  /// What was changed in the experiment file for this run.
  public var changes: JSONValue
  /// How far the training went.
  public var progress: TrainingProgress
  /// Seconds of training, over all processes.
  public var wallSeconds: Double
  /// The metric that says how good the agent is.
  public var headlineMetric: String
  /// The final evaluation.
  public var test: TestStatistics
  /// Policies or answers that need no learning, in the same test.
  public var references: [ReferenceRow]

  /// The text of `summary.json` as a value.
  public var json: JSONValue {
    .object(
      [
        .init("experiment", .string(experiment)), .init("version", .string(version)),
        .init("seed", .number(seed)), .init("changes", changes),
        .init("iterations", .number(progress.iterations)),
      ] + counters + [
        .init("wallSeconds", JSONValue(figure: wallSeconds)),
        .init("headlineMetric", .string(headlineMetric)),
      ] + test.members + [.init("references", .array(references.map(\.json)))])
  }

  /// How much was played or shown.
  private var counters: [JSONValue.Member] {
    guard !progress.isSupervised else {
      return [
        .init("updates", .number(progress.updates)),
        .init("trainingExamples", .number(progress.examples)),
      ]
    }
    let counters: [JSONValue.Member] = [
      .init("trainingEpisodes", .number(progress.episodes)),
      .init("environmentSteps", .number(progress.environmentSteps)),
    ]
    return counters + progress.simulatedTime
  }

  init(
    _ experiment: ResolvedExperiment, changes: JSONValue, trainer: any Trainer,
    wallSeconds: Double, test: TestStatistics, references: [ReferenceRow]
  ) {
    self.experiment = experiment.experiment.name
    version = Machine.version
    seed = experiment.experiment.seed
    self.changes = changes
    progress = trainer.progress
    self.wallSeconds = wallSeconds
    headlineMetric = trainer.headlineMetric
    self.test = test
    self.references = references
  }

  /// Reads a `summary.json`.
  ///
  /// - Throws: ``Failure`` where it is missing or not one of ours.
  public init(contentsOf path: String) throws {
    let json = try ExperimentFile.load(path)
    func number(_ key: String) -> Int? { json[key]?.figure.flatMap { Int(exactly: $0) } }
    guard case .string(let experiment)? = json["experiment"],
      case .string(let version)? = json["version"], case .number(let seedText)? = json["seed"],
      let seed = UInt64(seedText), let test = TestStatistics(json: json),
      let iterations = number("iterations"), let wallSeconds = json["wallSeconds"]?.figure,
      case .string(let headlineMetric)? = json["headlineMetric"],
      case .array(let rows)? = json["references"]
    else {
      throw Failure(
        .inputOutput, "\(path) is not the summary of a run",
        remedy: "Remove it and resume the run to write it again.")
    }
    self.experiment = experiment
    self.version = version
    self.seed = seed
    changes = json["changes"] ?? .object([])
    progress = TrainingProgress()
    progress.iterations = iterations
    progress.episodes = number("trainingEpisodes") ?? 0
    progress.environmentSteps = number("environmentSteps") ?? 0
    progress.simulatedSeconds = json["simulatedSeconds"]?.figure
    progress.updates = number("updates") ?? 0
    progress.examples = number("trainingExamples") ?? 0
    self.wallSeconds = wallSeconds
    self.headlineMetric = headlineMetric
    self.test = test
    references = rows.compactMap(ReferenceRow.init)
  }
}
