import Agents
import Configuration
import Envs
import Sequences
import Tensor

/// What learns what.
public enum Subject: Sendable {
  /// An agent learns in an environment.
  case agent(AgentFactory, EnvironmentFactory)
  /// A learner learns a task on sequences.
  case learner(LearnerFactory, SequenceTaskFactory)
}

/// An experiment whose names have been looked up and whose defaults have all been filled in.
public struct ResolvedExperiment: Sendable {
  /// The experiment with every default.
  public let experiment: Experiment
  /// What it names to learn, and to be learned.
  public let subject: Subject
  /// Where its names were looked up.
  private let library: Library

  /// Reads, checks and resolves an experiment, with every combination of its grid.
  ///
  /// - Throws: `ConfigurationError` for the first thing that is wrong.
  public init(json: JSONValue, library: Library) throws {
    self = try library.lookUpNames {
      let whole = try Self(resolving: json, in: library)
      for point in whole.experiment.grid.points where !point.isEmpty {
        _ = try point.explaining { try Self(resolving: json.at(point), in: library) }
      }
      return whole
    }
  }

  private init(resolving json: JSONValue, in library: Library) throws {
    var experiment = try Experiment(json: json.removing("$schema"))
    guard json["seed"] == nil || experiment.seeds == ExperimentSeeds() else {
      throw ConfigurationError(
        JSONPath("seeds"), "does not go together with “seed”",
        remedy: "Keep one of the two; seeds may be a list, such as [7, 8, 9].")
    }
    experiment.seed = experiment.seeds.ascending?.first ?? experiment.seed
    let catalogues = library.catalogues
    func resolve(_ path: WritableKeyPath<Experiment, JSONValue>, _ kind: String) throws {
      guard experiment[keyPath: path] != .null else { return }
      experiment[keyPath: path] = try catalogues.resolve(
        experiment[keyPath: path], kind: kind, at: JSONPath(kind))
    }
    try resolve(\.environment, "environment")
    try resolve(\.agent, "agent")
    try resolve(\.task, "task")
    try resolve(\.learner, "learner")
    if experiment.task == .null {
      let (environment, _) = try library.environments.make(
        experiment.environment, at: JSONPath("environment"))
      let (agent, _) = try library.agents.make(experiment.agent, at: JSONPath("agent"))
      subject = .agent(agent, environment.tested(on: experiment.evaluation.tasks))
    } else {
      for option in EvaluationOptions.forAgents where json["evaluation"]?[option] != nil {
        throw ConfigurationError(
          JSONPath("evaluation.\(option)"), "is for agents",
          remedy: "A task says itself how many test examples it has: task.examples.test.")
      }
      let (task, _) = try library.tasks.make(experiment.task, at: JSONPath("task"))
      let (learner, _) = try library.learners.make(experiment.learner, at: JSONPath("learner"))
      subject = .learner(learner, task)
    }
    self.experiment = experiment
    self.library = library
  }

  /// The experiment as JSON with every default that applies to its subject.
  public var json: JSONValue {
    guard case .object(let members) = experiment.json else { return .null }
    let hasSeeds = experiment.seeds != ExperimentSeeds()
    return .object(
      members.filter { $0.value != .null && !(hasSeeds && $0.key == "seed") }.map { member in
        guard member.key == "evaluation", case .learner = subject else { return member }
        return .init(
          member.key, EvaluationOptions.forAgents.reduce(member.value) { $0.removing($1) })
      })
  }

  /// Checks that an experiment which was stored before in the run directory `place` gives the same numbers as
  /// this one. Options that are newer than it count with their defaults. What the run has adopted since may
  /// differ: checkpoints that came before a change hold the experiment without it.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/changedExperiment`` for the first other difference below none of
  ///   the paths `allowed`, `ConfigurationError` where it does not fit this version.
  func requireSameNumbers(
    as stored: JSONValue, in place: String, allowing allowed: [String] = [], remedy: String
  ) throws {
    func changes(from stored: JSONValue) throws -> [(path: JSONPath, a: JSONValue?, b: JSONValue?)]
    {
      let old = Self.decisivePart(of: try Self(json: stored, library: library).json)
      return differences(old, Self.decisivePart(of: json)).filter { difference in
        !allowed.contains { JSONPath($0).contains(difference.path) }
      }
    }
    let found = try changes(from: stored)
    guard !found.isEmpty else { return }
    let adopted = try RunDirectory(place).adoptedChanges
    let others = try changes(from: adopted.reduce(stored) { try $0.applying($1) }).map { $0.path }
    let change = found.first { difference in
      others.contains { $0.contains(difference.path) || difference.path.contains($0) }
    }
    guard let change else { return }
    func text(_ value: JSONValue?) -> String { value?.compact ?? "nothing" }
    throw Failure(
      .changedExperiment,
      "the run in \(place) was started with \(change.path) = \(text(change.a)), "
        + "not \(text(change.b))", remedy: remedy)
  }

  /// What is to be said where `run` was set up before, with other options that decide no numbers: it keeps them.
  /// Threads are not among them, for they are those of the command.
  ///
  /// - Throws: ``Failure`` or `ConfigurationError` for an experiment that cannot be read.
  public func remark(on run: RunDirectory) throws -> String? {
    let stored = try Self(json: run.storedExperiment(), library: library).json
    let changes = ["checkpoint", "report"].flatMap { part in
      differences(stored[part] ?? .null, json[part] ?? .null, at: JSONPath(part))
    }
    guard !changes.isEmpty else { return nil }
    let kept = changes.map { "\($0.path) = \($0.a?.compact ?? "")" }.joined(separator: ", ")
    let wanted = changes.map { " --set \($0.path)=\($0.b?.compact ?? "")" }.joined()
    return "\(run.path) keeps \(kept); to change that: metarl resume \(run.path)\(wanted)"
  }

  /// What does not decide the numbers.
  static let indecisiveOptions = ["threads", "checkpoint", "report", "summary"]

  /// The part of the JSON that decides the numbers; threads, checkpoints and figures do not.
  public static func decisivePart(of json: JSONValue) -> JSONValue {
    indecisiveOptions.reduce(json) { $0.removing($1) }
  }

  /// A name for everything that decides the numbers: two runs with the same one give the same bits.
  public static func fingerprint(of json: JSONValue) -> String {
    SHA256.hexadecimal(of: decisivePart(of: json).compact.utf8)
  }

  /// Begins the training.
  ///
  /// - Throws: `ConfigurationError` where the parts do not fit, `DataSetError` where data are missing.
  public func makeTrainer(threads: Int) throws -> any Trainer {
    let key = RandomKey(seed: experiment.seed)
    switch subject {
    case .agent(let agent, let environment):
      return try agent.make(TrainerContext(environment: environment, key: key, threads: threads))
    case .learner(let learner, let task):
      return try learner.make(LearnerContext(task: try task.task(), key: key, threads: threads))
    }
  }

  /// Tests what a trainer has learned.
  public func test(_ trainer: any Trainer) throws -> TestResult {
    try trainer.test(count: testCount, key: evaluationKey)
  }

  /// Episodes or examples of a test.
  private var testCount: Int {
    get throws {
      switch subject {
      case .agent: experiment.evaluation.episodes
      case .learner(_, let task): try task.task().specification.examples.test
      }
    }
  }

  /// The size of a test in words, such as “100 episodes”.
  var testCases: String {
    get throws {
      switch subject {
      case .agent:
        "\(try testCount) test episodes"
          + (experiment.evaluation.tasks == .train ? " of training tasks" : "")
      case .learner: "\(try testCount) test examples"
      }
    }
  }

  /// A test in a few figures.
  public func statistics(of result: TestResult) -> TestStatistics {
    switch (result, subject) {
    case (.episodes(let episodes), .agent(_, let environment)):
      .episodes(
        EpisodeStatistics(episodes, counterNames: environment.specification.counterNames))
    case (.episodes(let episodes), .learner):
      .episodes(EpisodeStatistics(episodes, counterNames: []))
    case (.examples(let scores, let loss, let activity), _):
      .examples(ExampleStatistics(scores, loss: loss, activity: activity))
    }
  }

  /// What is learned, in words such as “environment cartpole”.
  public var place: String {
    let (kind, json) =
      switch subject {
      case .agent: ("environment", experiment.environment)
      case .learner: ("task", experiment.task)
      }
    guard case .string(let name)? = json["name"] else { return kind }
    return "\(kind) \(name)"
  }
}

extension JSONValue {
  /// The object without the member `key`; other values stay as they are.
  func removing(_ key: String) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != key })
  }

  /// The experiment at one point of its grid, without the grid.
  func at(_ point: [Override]) throws -> JSONValue {
    try point.reduce(removing("grid")) { try $0.applying($1) }
  }

  /// The experiment with a single seed, whichever it names itself.
  public func with(seed: UInt64) throws -> JSONValue {
    try removing("seeds").setting("seed", to: .number(seed))
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
    if case .array(let elements) = json, let items = schema["items"] {
      return .array(
        try elements.enumerated().map { index, element in
          try resolveReferences(in: element, schema: items, at: path.appending(index))
        })
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
