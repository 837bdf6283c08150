/// Something out of a registry, named in a configuration: a name, or an object with a name and options.
public protocol RegistryChoice: JSONRepresentable {
  /// What the registry makes.
  associatedtype Product
  /// The kind of the registry. Schemas refer to it, also while the registry is being made.
  static var kind: String { get }
  /// Where names are looked up.
  static var registry: Registry<Product> { get }
  /// A choice that has been looked up; `json` is its name with every option filled in.
  init(_ product: Product, json: JSONValue)
}

extension RegistryChoice {
  /// What is called `name`, with default options. The name must exist.
  public init(_ name: String) {
    do {
      try self.init(json: .string(name), at: .root)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// Reads a name, or an object with a name and options.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name or unfitting options.
  public init(json: JSONValue, at path: JSONPath) throws {
    let (product, resolved) = try Self.registry.make(json, at: path)
    self.init(product, json: resolved)
  }

  /// Whatever the registry knows.
  public static var schemaMembers: [JSONValue.Member] {
    [.init("$ref", .string("#/$defs/\(kind)"))]
  }
}
