import Agents
import Configuration
import Envs
import Tensor

/// What a policy that needs no learning reaches on the test tasks.
public struct ReferenceRow: Sendable, Equatable {
  /// The name of the policy.
  public let name: String
  /// What the row is for.
  public let role: ReferencePolicy.Role
  /// Its returns.
  public let statistics: EpisodeStatistics

  var json: JSONValue {
    .object(
      [.init("name", .string(name)), .init("role", .string(role.rawValue))] + statistics.members)
  }

  private init(_ policy: ReferencePolicy, _ statistics: EpisodeStatistics) {
    name = policy.name
    role = policy.role
    self.statistics = statistics
  }

  init?(json: JSONValue) {
    guard case .string(let name)? = json["name"], case .string(let roleName)? = json["role"],
      let role = ReferencePolicy.Role(rawValue: roleName),
      let statistics = EpisodeStatistics(json: json)
    else { return nil }
    (self.name, self.role, self.statistics) = (name, role, statistics)
  }

  /// The rows of an experiment, out of the run directory where they have been computed before.
  static func rows(
    of experiment: ResolvedExperiment, in directory: RunDirectory
  ) throws -> [ReferenceRow] {
    let evaluation = experiment.experiment.evaluation
    guard evaluation.references else { return [] }
    let question = question(of: experiment)
    if let rows = stored(in: directory, question: question) { return rows }
    let rows = experiment.environment.referencePolicies.map { policy in
      ReferenceRow(
        policy,
        EpisodeStatistics(
          policy.run(
            evaluation.episodes, experiment.agent.discount, .test, experiment.evaluationKey),
          counterNames: experiment.environment.specification.counterNames))
    }
    try store(rows, in: directory, question: question)
    return rows
  }

  /// Computes the rows of runs that are to come and leaves them in their directories: once for all
  /// runs that ask the same question, as the seeds of an experiment do.
  ///
  /// - Throws: ``Failure`` for files that cannot be read or written, `ConfigurationError` for an
  ///   experiment that is wrong.
  public static func share(among runs: [RunDirectory], library: Library) throws {
    var answers: [(question: JSONValue, rows: [ReferenceRow])] = []
    for run in runs where !run.isFinished {
      let experiment = try ResolvedExperiment(json: run.storedExperiment(), library: library)
      guard experiment.experiment.evaluation.references else { continue }
      let question = question(of: experiment)
      guard let known = answers.first(where: { $0.question == question }) else {
        answers.append((question, try rows(of: experiment, in: run)))
        continue
      }
      if stored(in: run, question: question) == nil {
        try store(known.rows, in: run, question: question)
      }
    }
  }

  /// Everything that the rows of an experiment depend on.
  private static func question(of experiment: ResolvedExperiment) -> JSONValue {
    let evaluation = experiment.experiment.evaluation
    return .object([
      .init("environment", experiment.experiment.environment),
      .init("episodes", .number(evaluation.episodes)),
      .init("seed", .number(evaluation.seed)),
      .init("discount", JSONValue(figure: experiment.agent.discount)),
      .init("version", .string(Machine.version)),
    ])
  }

  private static func store(
    _ rows: [ReferenceRow], in directory: RunDirectory, question: JSONValue
  ) throws {
    let json = JSONValue.object([
      .init("of", question), .init("rows", .array(rows.map(\.json))),
    ])
    try FileSystem.replace(directory.referencesPath, with: Array(json.pretty.utf8))
  }

  /// The rows stored for the same question, nil where there are none.
  private static func stored(in directory: RunDirectory, question: JSONValue) -> [ReferenceRow]? {
    guard let bytes = try? FileSystem.read(directory.referencesPath, maximumBytes: 16 << 20),
      let json = try? JSONValue(parsing: bytes), json["of"] == question,
      case .array(let elements)? = json["rows"]
    else { return nil }
    let rows = elements.compactMap(ReferenceRow.init)
    return rows.count == elements.count ? rows : nil
  }
}

extension ResolvedExperiment {
  /// The root of the streams of all evaluations, apart from those of every training.
  public var evaluationKey: RandomKey {
    RandomKey(seed: experiment.evaluation.seed) / "evaluation"
  }
}
