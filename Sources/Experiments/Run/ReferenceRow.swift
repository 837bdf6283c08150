import Agents
import Configuration
import Envs
import Sequences
import Tensor

/// What a policy or an answer that needs no learning reaches in the test.
public struct ReferenceRow: Sendable, Equatable {
  /// The name of the policy or answer.
  public let name: String
  /// What the row is for.
  public let role: ReferencePolicy.Role
  /// What it reaches.
  public let statistics: TestStatistics

  var json: JSONValue {
    .object(
      [.init("name", .string(name)), .init("role", .string(role.rawValue))] + statistics.members)
  }

  private init(_ name: String, _ role: ReferencePolicy.Role, _ statistics: TestStatistics) {
    self.name = name
    self.role = role
    self.statistics = statistics
  }

  init?(json: JSONValue) {
    guard case .string(let name)? = json["name"], case .string(let roleName)? = json["role"],
      let role = ReferencePolicy.Role(rawValue: roleName),
      let statistics = TestStatistics(json: json)
    else { return nil }
    (self.name, self.role, self.statistics) = (name, role, statistics)
  }

  /// The rows of an experiment, out of the run directory where they have been computed before.
  static func rows(
    of experiment: ResolvedExperiment, in directory: RunDirectory
  ) throws -> [ReferenceRow] {
    let rows = try known(for: experiment, in: directory)
    let question = question(of: experiment)
    if !rows.isEmpty && stored(in: directory, question: question) == nil {
      try store(rows, in: directory, question: question)
    }
    return rows
  }

  /// The same, without writing anything.
  static func known(
    for experiment: ResolvedExperiment, in directory: RunDirectory
  ) throws -> [ReferenceRow] {
    guard experiment.experiment.evaluation.references else { return [] }
    return try stored(in: directory, question: question(of: experiment))
      ?? compute(for: experiment)
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

  private static func store(
    _ rows: [ReferenceRow], in directory: RunDirectory, question: JSONValue
  ) throws {
    let json = JSONValue.object([
      .init("of", question), .init("rows", .array(rows.map(\.json))),
    ])
    try FileSystem.replace(directory.referencesPath, with: Array(json.pretty.utf8))
  }

  /// Everything that the rows depend on.
  private static func question(of experiment: ResolvedExperiment) -> JSONValue {
    let evaluation = experiment.experiment.evaluation
    let subject: [JSONValue.Member] =
      switch experiment.subject {
      case .agent(let agent, _):
        [
          .init("environment", experiment.experiment.environment),
          .init("tasks", .string(evaluation.tasks.rawValue)),
          .init("episodes", .number(evaluation.episodes)),
          .init("discount", JSONValue(figure: agent.discount)),
        ]
      case .learner: [.init("task", experiment.experiment.task)]
      }
    return .object(
      subject + [
        .init("seed", .number(evaluation.seed)), .init("version", .string(Machine.version)),
      ])
  }

  /// Training examples that a constant answer is fitted to, at most.
  private static let fittedExamples = 2000

  private static func compute(for experiment: ResolvedExperiment) throws -> [ReferenceRow] {
    let key = experiment.evaluationKey
    switch experiment.subject {
    case .agent(let agent, let environment):
      return environment.referencePolicies.map { policy in
        let episodes = policy.run(
          experiment.experiment.evaluation.episodes, agent.discount, environment.tasks(of: .test),
          key)
        return ReferenceRow(
          policy.name, policy.role, experiment.statistics(of: .episodes(episodes)))
      }
    case .learner(_, let factory):
      let task = try factory.task()
      let answer = ConstantAnswer(to: task, count: fittedExamples, key: key)
      let result = TestResult.examples(answer.scores(key: key), task.specification.loss)
      return [ReferenceRow("constant answer", .naive, experiment.statistics(of: result))]
    }
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
