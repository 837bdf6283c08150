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
    guard experiment.experiment.evaluation.references else { return [] }
    let evaluation = experiment.experiment.evaluation
    let discount = experiment.agent.discount
    let question = JSONValue.object([
      .init("environment", experiment.experiment.environment),
      .init("episodes", .number(evaluation.episodes)),
      .init("seed", .number(evaluation.seed)), .init("discount", JSONValue(figure: discount)),
      .init("version", .string(Machine.version)),
    ])
    if let rows = stored(in: directory, question: question) { return rows }
    let key = experiment.evaluationKey
    let rows = experiment.environment.referencePolicies.map { policy in
      ReferenceRow(
        policy,
        EpisodeStatistics(
          policy.run(evaluation.episodes, discount, .test, key),
          counterNames: experiment.environment.specification.counterNames))
    }
    let json = JSONValue.object([
      .init("of", question), .init("rows", .array(rows.map(\.json))),
    ])
    try FileSystem.replace(directory.referencesPath, with: Array(json.pretty.utf8))
    return rows
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
