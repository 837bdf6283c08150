/// A set of options that can be read from JSON strictly, written back with every default filled
/// in, and described to people and editors, all from one table of fields.
///
/// ```swift
/// public struct AdamOptions: Configurable {
///   public var learningRate: Float = 1e-3
///   public init() {}
///   public static var fields: [Field<Self>] {
///     [.number("learningRate", \.learningRate, in: 0...1, "Step size.")]
///   }
/// }
/// ```
public protocol Configurable: Sendable {
  /// All options at their defaults.
  init()
  /// The options in the order in which they are shown.
  static var fields: [Field<Self>] { get }
  /// Checks conditions that involve several options.
  ///
  /// - Throws: ``ConfigurationError`` with a path below `path`.
  func validate(at path: JSONPath) throws
}

extension Configurable {
  /// Accepts everything that the single fields accept.
  public func validate(at path: JSONPath) throws {}

  /// Reads options from a JSON object; absent keys keep their defaults.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown key, a wrong type or a value out of range.
  public init(json: JSONValue, at path: JSONPath = .root) throws {
    self.init()
    try read(json, at: path)
  }

  /// Changes the options that a JSON object names; others stay as they are.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown key, a wrong type or a value out of range.
  mutating func read(_ json: JSONValue, at path: JSONPath) throws {
    guard case .object(let members) = json else {
      throw ConfigurationError(path, "is \(json.kind)", remedy: "Write an object { … } here.")
    }
    let fields = Self.fields
    var seen: Set<String> = []
    for member in members {
      guard seen.insert(member.key).inserted else {
        throw ConfigurationError(
          path.appending(member.key), "appears twice", remedy: "Keep one of the two.")
      }
      guard let field = fields.first(where: { $0.name == member.key }) else {
        throw ConfigurationError(
          path.appending(member.key), "is not an option here",
          remedy: ConfigurationError.suggestion(for: member.key, among: fields.map(\.name)))
      }
      try field.decode(&self, member.value, path.appending(member.key))
    }
    for field in fields where field.isRequired && !seen.contains(field.name) {
      throw ConfigurationError(
        path.appending(field.name), "is missing", remedy: "It is required: \(field.summary)")
    }
    try validate(at: path)
  }

  /// All options with their values.
  public var json: JSONValue {
    .object(Self.fields.map { JSONValue.Member($0.name, $0.encode(self)) })
  }

  /// A JSON Schema of the options with their defaults.
  public static var schema: JSONValue {
    let defaults = Self()
    let properties = fields.map { field -> JSONValue.Member in
      let value = field.encode(defaults)
      var schema = field.schema.map { withDefaults($0, of: value) }
      schema.append(.init("description", .string(field.summary)))
      // Something out of a registry that may be left out has no default.
      if !field.isRequired, value != .null { schema.append(.init("default", value)) }
      return .init(field.name, .object(schema))
    }
    return .object([
      .init("type", .string("object")),
      .init("additionalProperties", .bool(false)),
      .init("properties", .object(properties)),
      .init(
        "required", .array(fields.filter(\.isRequired).map { JSONValue.string($0.name) })),
    ])
  }
}

/// A member of the schema of nested options, with the defaults that these have where they are nested.
private func withDefaults(_ member: JSONValue.Member, of value: JSONValue) -> JSONValue.Member {
  guard member.key == "properties", case .object(let properties) = member.value else {
    return member
  }
  return .init(
    member.key,
    .object(
      properties.map { property in
        guard let value = value[property.key], case .object(let schema) = property.value else {
          return property
        }
        return .init(
          property.key,
          .object(
            schema.map { part in
              part.key == "default" ? .init(part.key, value) : withDefaults(part, of: value)
            }))
      }))
}
