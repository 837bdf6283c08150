import Agents
import Configuration
import Envs
import Tensor

/// An experiment whose names have been looked up and whose defaults have all been filled in.
public struct ResolvedExperiment: Sendable {
  /// The experiment with every default.
  public let experiment: Experiment
  /// The environment it names.
  public let environment: EnvironmentFactory
  /// The agent it names.
  public let agent: AgentFactory
  /// Where its names were looked up.
  private let library: Library

  /// Reads, checks and resolves an experiment.
  ///
  /// - Throws: `ConfigurationError` for the first thing that is wrong.
  public init(json: JSONValue, library: Library) throws {
    self = try library.lookUpNames { try Self(resolving: json, in: library) }
  }

  private init(resolving json: JSONValue, in library: Library) throws {
    var experiment = try Experiment(json: json.removing("$schema"))
    let catalogues = library.catalogues
    experiment.environment = try catalogues.resolve(
      experiment.environment, kind: "environment", at: JSONPath("environment"))
    experiment.agent = try catalogues.resolve(
      experiment.agent, kind: "agent", at: JSONPath("agent"))
    (environment, _) = try library.environments.make(
      experiment.environment, at: JSONPath("environment"))
    (agent, _) = try library.agents.make(experiment.agent, at: JSONPath("agent"))
    self.experiment = experiment
    self.library = library
  }

  /// The experiment as JSON with every default.
  public var json: JSONValue { experiment.json }

  /// Checks that an experiment which was stored before gives the same numbers as this one. Options
  /// that are newer than it count with their defaults.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/changedExperiment`` for the first difference below none of
  ///   the paths `allowed`, `ConfigurationError` where it does not fit this version.
  func requireSameNumbers(
    as stored: JSONValue, in place: String, allowing allowed: [String] = [], remedy: String
  ) throws {
    let old = Self.decisivePart(of: try Self(json: stored, library: library).json)
    let change = differences(old, Self.decisivePart(of: json)).first { difference in
      !allowed.contains { JSONPath($0).contains(difference.path) }
    }
    guard let change else { return }
    func text(_ value: JSONValue?) -> String { value?.compact ?? "nothing" }
    throw Failure(
      .changedExperiment,
      "the run in \(place) was started with \(change.path) = \(text(change.a)), "
        + "not \(text(change.b))", remedy: remedy)
  }

  /// The part of the JSON that decides the numbers; threads, checkpoints and figures do not.
  public static func decisivePart(of json: JSONValue) -> JSONValue {
    json.removing("threads").removing("checkpoint").removing("report").removing("summary")
  }

  /// A name for everything that decides the numbers: two runs with the same one give the same bits.
  public static func fingerprint(of json: JSONValue) -> String {
    SHA256.hexadecimal(of: decisivePart(of: json).compact.utf8)
  }

  /// Begins the training.
  public func makeTrainer(threads: Int) throws -> any Trainer {
    try agent.make(
      TrainerContext(
        environment: environment, key: RandomKey(seed: experiment.seed), threads: threads))
  }
}

extension JSONValue {
  /// The object without the member `key`; other values stay as they are.
  func removing(_ key: String) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != key })
  }
}

extension [Catalogue] {
  /// Fills in the defaults of what `json` names in the registry of that kind, and of everything
  /// that its options name in turn.
  func resolve(_ json: JSONValue, kind: String, at path: JSONPath) throws -> JSONValue {
    guard let catalogue = first(where: { $0.kind == kind }) else {
      throw ConfigurationError(
        path, "there is no registry of kind “\(kind)”",
        remedy: ConfigurationError.suggestion(for: kind, among: map(\.kind)))
    }
    let resolved = try catalogue.resolve(json, path)
    guard case .string(let name)? = resolved["name"],
      let item = catalogue.items.first(where: { $0.name == name })
    else { return resolved }
    return try resolveReferences(in: resolved, schema: item.schema, at: path)
  }

  /// Walks down `json` along its schema and resolves what `$ref` says is out of a registry.
  private func resolveReferences(
    in json: JSONValue, schema: JSONValue, at path: JSONPath
  ) throws -> JSONValue {
    if case .string(let reference)? = schema["$ref"] {
      guard json != .null else { return json }
      return try resolve(json, kind: String(reference.dropFirst("#/$defs/".count)), at: path)
    }
    guard case .object(let members) = json, let properties = schema["properties"] else {
      return json
    }
    return .object(
      try members.map { member in
        guard let schema = properties[member.key] else { return member }
        return .init(
          member.key,
          try resolveReferences(
            in: member.value, schema: schema, at: path.appending(member.key)))
      })
  }
}
