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
      var schema = field.schema
      schema.append(.init("description", .string(field.summary)))
      if !field.isRequired { schema.append(.init("default", field.encode(defaults))) }
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
