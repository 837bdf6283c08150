import Configuration

extension Registry<any Network> {
  /// Adds a network type under `name`.
  public mutating func register<NewNetwork: Network>(
    _ name: String, _ summary: String, _ type: NewNetwork.Type
  ) {
    register(Entry(name, summary, options: NewNetwork.self) { $0 })
  }
}

/// A network named in a configuration, with its options.
public struct NetworkChoice: RegistryChoice {
  /// Networks.
  public static var kind: String { "network" }
  /// Where names are looked up. The experiment binds it to its own library while it reads.
  @TaskLocal public static var registry = Registry<any Network>.standard

  /// The name with every option filled in.
  public let json: JSONValue
  /// The network.
  public let network: any Network

  /// A network that has been looked up.
  public init(_ network: any Network, json: JSONValue) {
    self.network = network
    self.json = json
  }
}
