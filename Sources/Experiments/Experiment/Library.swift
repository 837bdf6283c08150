import Agents
import Configuration
import Envs
import NeuroMod
import Sequences

/// Everything an experiment can name. Add your own, and the whole command line knows it:
///
/// ```swift
/// var library = Library.standard
/// library.environments.register(.init("maze", "A maze.", options: Maze.self) { $0.factory })
/// MetaRLCommand.run(library)
/// ```
public struct Library: Sendable {
  /// The environments.
  public var environments: Registry<EnvironmentFactory>
  /// The agents.
  public var agents: Registry<AgentFactory>
  /// The tasks on sequences.
  public var tasks: Registry<SequenceTaskFactory>
  /// What learns tasks.
  public var learners: Registry<LearnerFactory>
  /// The networks of agents and learners.
  public var networks: Registry<any Network>
  /// The recurrent layers of networks.
  public var cells: Registry<CellFactory>
  /// How images become sequences.
  public var encodings: Registry<any ImageEncoding>
  /// What is done to parameters before a training.
  public var stages: Registry<any TrainingStage>

  /// A library of the given registries.
  public init(
    environments: Registry<EnvironmentFactory>, agents: Registry<AgentFactory>,
    tasks: Registry<SequenceTaskFactory> = .standard,
    learners: Registry<LearnerFactory> = .standard,
    networks: Registry<any Network> = .standard, cells: Registry<CellFactory> = .standard,
    encodings: Registry<any ImageEncoding> = .standard,
    stages: Registry<any TrainingStage> = .standard
  ) {
    self.environments = environments
    self.agents = agents
    self.tasks = tasks
    self.learners = learners
    self.networks = networks
    self.cells = cells
    self.encodings = encodings
    self.stages = stages
  }

  /// Everything that comes with the framework.
  public static let standard = Library(
    environments: .standard, agents: .standard)

  /// The registries under the kinds by which options refer to them.
  public var catalogues: [Catalogue] {
    [
      Catalogue(environments), Catalogue(agents), Catalogue(tasks), Catalogue(learners),
      Catalogue(networks), Catalogue(cells), Catalogue(encodings), Catalogue(stages),
    ]
  }

  /// Runs `body` with names of networks, cells, encodings and stages looked up in this library.
  public func lookUpNames<Result>(_ body: () throws -> Result) rethrows -> Result {
    try NetworkChoice.$registry.withValue(networks) {
      try CellChoice.$registry.withValue(cells) {
        try ImageEncodingChoice.$registry.withValue(encodings) {
          try TrainingStageChoice.$registry.withValue(stages) { try body() }
        }
      }
    }
  }
}

/// What all registries have in common, whatever they make.
public struct Catalogue: Sendable {
  /// One name.
  public struct Item: Sendable {
    /// The name in configurations.
    public let name: String
    /// One sentence on what it is for.
    public let summary: String
    /// JSON Schema of its options.
    public let schema: JSONValue
  }

  /// What is registered: “environment”, “agent”, …
  public let kind: String
  /// The names in the order of registration.
  public let items: [Item]
  /// JSON Schema of everything that can be named.
  public let schema: JSONValue
  /// The name of what others know by another one; nil where there is none.
  public let hint: @Sendable (_ name: String) -> String?
  let resolve: @Sendable (JSONValue, JSONPath) throws -> JSONValue

  /// The catalogue of a registry.
  public init<Product>(_ registry: Registry<Product>) {
    kind = registry.kind
    items = registry.entries.map { Item(name: $0.name, summary: $0.summary, schema: $0.schema) }
    schema = registry.schema
    hint = { registry.hint(for: $0) }
    resolve = { try registry.resolve($0, at: $1) }
  }
}
