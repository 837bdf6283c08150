import Agents
import Configuration
import Envs
import NeuroMod

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
  /// The networks of agents.
  public var networks: Registry<any Network>
  /// The recurrent layers of networks.
  public var cells: Registry<CellFactory>

  /// A library of the given registries.
  public init(
    environments: Registry<EnvironmentFactory>, agents: Registry<AgentFactory>,
    networks: Registry<any Network> = .standard, cells: Registry<CellFactory> = .standard
  ) {
    self.environments = environments
    self.agents = agents
    self.networks = networks
    self.cells = cells
  }

  /// Everything that comes with the framework.
  public static let standard = Library(
    environments: .standard, agents: .standard)

  /// The registries under the kinds by which options refer to them.
  public var catalogues: [Catalogue] {
    [Catalogue(environments), Catalogue(agents), Catalogue(networks), Catalogue(cells)]
  }

  /// Runs `body` with names of networks and cells looked up in this library.
  public func lookUpNames<Result>(_ body: () throws -> Result) rethrows -> Result {
    try NetworkChoice.$registry.withValue(networks) {
      try CellChoice.$registry.withValue(cells) { try body() }
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
  let resolve: @Sendable (JSONValue, JSONPath) throws -> JSONValue

  /// The catalogue of a registry.
  public init<Product>(_ registry: Registry<Product>) {
    kind = registry.kind
    items = registry.entries.map { Item(name: $0.name, summary: $0.summary, schema: $0.schema) }
    schema = registry.schema
    resolve = { try registry.resolve($0, at: $1) }
  }
}
