/// Names and what they make: environments, networks, agents.
///
/// A configuration names a product in one of two ways: `"cartpole"`, or with options,
/// `{"name": "cartpole", "horizon": 200}`.
public struct Registry<Product>: Sendable {
  /// One name with its options.
  public struct Entry: Sendable {
    /// The name in configurations.
    public let name: String
    /// One sentence on what it is for.
    public let summary: String
    /// Names by which others know it: not allowed, but hints lead from them to this entry.
    public let otherNames: [String]
    /// JSON Schema of its options.
    public let schema: JSONValue
    fileprivate let build: @Sendable (JSONValue, JSONPath) throws -> Product
    fileprivate let resolveOptions: @Sendable (JSONValue, JSONPath) throws -> JSONValue

    /// An entry whose options are of type `Options`.
    public init<Options: Configurable>(
      _ name: String, _ summary: String, otherNames: [String] = [], options: Options.Type,
      make: @escaping @Sendable (Options) throws -> Product
    ) {
      self.name = name
      self.summary = summary
      self.otherNames = otherNames
      schema = Options.schema
      build = { json, path in try make(Options(json: json, at: path)) }
      resolveOptions = { json, path in try Options(json: json, at: path).json }
    }
  }

  /// What is registered: “environment”, “network”, …
  public let kind: String
  /// The entries in the order of registration.
  public private(set) var entries: [Entry] = []

  /// An empty registry of things called `kind`.
  public init(kind: String) { self.kind = kind }

  /// Adds an entry; a later entry of the same name replaces the earlier one.
  public mutating func register(_ entry: Entry) {
    entries.removeAll { $0.name == entry.name }
    entries.append(entry)
  }

  /// Makes what `json` names.
  ///
  /// - Returns: the product, and the JSON with every default filled in.
  /// - Throws: ``ConfigurationError`` for an unknown name or unfitting options.
  public func make(_ json: JSONValue, at path: JSONPath) throws -> (Product, resolved: JSONValue) {
    let (entry, options) = try select(json, at: path)
    return (try entry.build(options, path), try resolve(json, at: path))
  }

  /// The JSON that `json` stands for: an object with the name and every default filled in.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name or unfitting options.
  public func resolve(_ json: JSONValue, at path: JSONPath) throws -> JSONValue {
    let (entry, options) = try select(json, at: path)
    guard case .object(let members) = try entry.resolveOptions(options, path) else {
      return options
    }
    return .object([.init("name", .string(entry.name))] + members)
  }

  /// The JSON Schema of everything the registry can make.
  public var schema: JSONValue {
    let names = JSONValue.object([
      .init("enum", .array(entries.map { JSONValue.string($0.name) }))
    ])
    let objects = entries.map { entry -> JSONValue in
      let name = JSONValue.Member(
        "name",
        .object([
          .init("const", .string(entry.name)), .init("description", .string(entry.summary)),
        ]))
      guard case .object(let members) = entry.schema else { return entry.schema }
      return .object(
        members.map { member in
          switch (member.key, member.value) {
          case ("properties", .object(let properties)):
            .init("properties", .object([name] + properties))
          case ("required", .array(let required)):
            .init("required", .array([.string("name")] + required))
          default: member
          }
        })
    }
    return .object([.init("anyOf", .array([names] + objects))])
  }

  /// The name of the entry that others know by `name`; nil where there is none.
  public func hint(for name: String) -> String? {
    entries.first { $0.otherNames.contains(name.lowercased()) }?.name
  }

  /// The entry that `json` names and the options beside the name.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown or missing name.
  public func select(_ json: JSONValue, at path: JSONPath) throws -> (Entry, options: JSONValue) {
    let name: String
    var options: [JSONValue.Member] = []
    switch json {
    case .string(let text):
      name = text
    case .object(let members):
      guard case .string(let text)? = json["name"] else {
        throw ConfigurationError(
          path.appending("name"), "is missing",
          remedy: "Name the \(kind). Known: \(entries.map(\.name).joined(separator: ", ")).")
      }
      name = text
      options = members.filter { $0.key != "name" }
    default:
      throw ConfigurationError(
        path, "is \(json.kind)", remedy: "Write the name of the \(kind), or an object with one.")
    }
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw ConfigurationError(
        path.appending("name"), "there is no \(kind) named “\(name)”",
        remedy: ConfigurationError.suggestion(
          for: hint(for: name) ?? name, among: entries.map(\.name)))
    }
    return (entry, .object(options))
  }
}
