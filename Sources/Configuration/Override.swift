/// A change of one option from the command line, such as `agent.learningRate=1e-3`.
public struct Override: Sendable, Equatable {
  /// One step into a JSON value.
  enum Step: Sendable, Equatable {
    case key(String)
    case index(Int)
  }

  /// The path as written.
  public let path: String
  let steps: [Step]
  /// The new value.
  public let value: JSONValue

  /// Reads `path=value`. The value is read as JSON, and taken as a text where it is not JSON.
  ///
  /// - Throws: ``ConfigurationError`` for a text without `=` or with a malformed path.
  public init(_ text: String) throws {
    guard let separator = text.firstIndex(of: "=") else {
      throw ConfigurationError(
        JSONPath(text), "sets no value", remedy: "Write --set path=value, such as seed=7.")
    }
    let written = String(text[text.index(after: separator)...])
    try self.init(
      path: String(text[..<separator]),
      value: (try? JSONValue(parsing: written)) ?? .string(written))
  }

  /// A new value for the option at `path`, which is written like `agent.network.hidden[2]`.
  ///
  /// - Throws: ``ConfigurationError`` for a malformed path.
  public init(path: String, value: JSONValue) throws {
    self.path = path
    self.value = value
    steps = try Self.steps(of: path)
  }

  fileprivate static func steps(of path: String) throws -> [Step] {
    let malformed = ConfigurationError(
      JSONPath(path), "is not a path", remedy: "Write keys and indices like agent.hidden[2].")
    var steps: [Step] = []
    for part in path.split(separator: ".", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      guard let key = pieces.first, !key.isEmpty, !key.contains("]") else { throw malformed }
      steps.append(.key(String(key)))
      for piece in pieces.dropFirst() {
        guard piece.last == "]", let index = Int(piece.dropLast()), index >= 0 else {
          throw malformed
        }
        steps.append(.index(index))
      }
    }
    return steps
  }
}

extension JSONValue {
  /// The value with one option changed.
  ///
  /// Missing objects are created. A text on the way stands for an object with that name, so that
  /// `environment.horizon=50` works where the experiment says `"environment": "cartpole"`.
  ///
  /// - Throws: ``ConfigurationError`` where the path meets a value that has no such place.
  public func applying(_ override: Override) throws -> JSONValue {
    try setting(override.steps[...], to: override.value, at: .root)
  }

  /// The value of the option that `override` would change; nil where there is none.
  public func value(of override: Override) -> JSONValue? {
    override.steps.reduce(self) { (value: JSONValue?, step) in
      switch step {
      case .key(let key): return value?[key]
      case .index(let index):
        guard case .array(let elements)? = value else { return nil }
        return elements.indices.contains(index) ? elements[index] : nil
      }
    }
  }

  /// Checks that there is an option at `path`, which is written like `agent.network.hidden[2]`.
  ///
  /// - Throws: ``ConfigurationError`` for a malformed path, and at the first part of it that is not there.
  public func requireOption(at path: String) throws {
    var (value, place) = (self, JSONPath.root)
    for step in try Override.steps(of: path) {
      switch (step, value) {
      case (.key(let key), .object(let members)):
        place = place.appending(key)
        guard let member = value[key] else {
          throw ConfigurationError(
            place, "is not an option here",
            remedy: ConfigurationError.suggestion(for: key, among: members.map(\.key)))
        }
        value = member
      case (.index(let index), .array(let elements)) where index < elements.count:
        place = place.appending(index)
        value = elements[index]
      default:
        throw ConfigurationError(
          JSONPath(path), "is not an option here: \(place) is \(value.kind)",
          remedy: "Name \(place) itself, or check the path.")
      }
    }
  }

  /// The value with the option at `path` changed.
  ///
  /// - Throws: ``ConfigurationError`` for a malformed path, and where it meets a value that has no
  ///   such place.
  public func setting(_ path: String, to value: JSONValue) throws -> JSONValue {
    try applying(Override(path: path, value: value))
  }

  private func setting(
    _ steps: ArraySlice<Override.Step>, to value: JSONValue, at path: JSONPath
  ) throws -> JSONValue {
    guard let step = steps.first else { return value }
    let rest = steps.dropFirst()
    switch (step, self) {
    case (.key(let key), .object(var members)):
      let place = path.appending(key)
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index].value = try members[index].value.setting(rest, to: value, at: place)
      } else {
        members.append(.init(key, try JSONValue.object([]).setting(rest, to: value, at: place)))
      }
      return .object(members)
    case (.key, .string(let name)):
      return try JSONValue.object([.init("name", .string(name))])
        .setting(steps, to: value, at: path)
    case (.key, .null):
      return try JSONValue.object([]).setting(steps, to: value, at: path)
    case (.index(let index), .array(var elements)):
      guard index < elements.count else {
        throw ConfigurationError(
          path, "has \(elements.count) elements, so there is no [\(index)]",
          remedy: "Count from 0, or set the whole list.")
      }
      elements[index] = try elements[index].setting(
        rest, to: value, at: path.appending(index))
      return .array(elements)
    case (.key(let key), _):
      throw ConfigurationError(
        path, "is \(kind), so it has no “\(key)”",
        remedy: path == .root
          ? #"Write an object, such as {"name": …}."# : "Set \(path) itself, or check the path.")
    case (.index(let index), _):
      throw ConfigurationError(
        path, "is \(kind), so it has no [\(index)]", remedy: "Set the whole list at once.")
    }
  }
}
