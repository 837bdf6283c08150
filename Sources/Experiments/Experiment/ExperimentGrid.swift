import Configuration

/// Options with several values each; every combination is a run of its own, for every seed.
///
/// ```json
/// "grid": {
///   "agent.learningRate": [1e-3, 3e-4],
///   "agent.entropyWeight": [0, 0.01]
/// }
/// ```
public struct ExperimentGrid: JSONRepresentable, Equatable {
  /// The values of each option, in the order of the file.
  private let axes: [[Override]]

  /// No options: one combination, which changes nothing.
  public init() { axes = [] }

  /// Reads the lists of values under the paths of their options.
  ///
  /// - Throws: `ConfigurationError` for what is not such a list, and for options that a run of a
  ///   grid cannot have to itself, such as the seed.
  public init(json: JSONValue, at place: JSONPath) throws {
    guard case .object(let members) = json else {
      throw ConfigurationError(
        place, "is \(json.kind)",
        remedy: #"Write lists under paths here, such as {"agent.learningRate": [1e-3, 1e-4]}."#)
    }
    axes = try members.map { try Self.axis($0, at: place.appending($0.key)) }
    guard axes.reduce(1, { $0 * Double($1.count) }) <= 10_000 else {
      throw ConfigurationError(
        place, "has more than 10000 combinations", remedy: "Give shorter lists.")
    }
    var names: Set<String> = []
    for name in points.map(\.directoryName) where !names.insert(name).inserted {
      throw ConfigurationError(
        place, "two of its combinations would go to the directory \(name)",
        remedy: "Choose values that differ in letters or digits.")
    }
  }

  private static func axis(_ member: JSONValue.Member, at place: JSONPath) throws -> [Override] {
    let subjects = Experiment.subjects.flatMap { $0 }
    guard subjects.contains(where: { JSONPath($0).contains(JSONPath(member.key)) }) else {
      throw ConfigurationError(
        place, "is not an option of what learns or is learned",
        remedy: "A path begins with \(subjects.joined(separator: ", ")); seeds have an option "
          + "“seeds” beside the grid.")
    }
    guard case .array(let values) = member.value, !values.isEmpty else {
      throw ConfigurationError(
        place, "is not a list of values", remedy: "Write a list, such as [1e-3, 1e-4].")
    }
    for (index, value) in values.enumerated() {
      switch value {
      case .number, .string, .bool: break
      case .null, .array, .object:
        throw ConfigurationError(
          place.appending(index), "is \(value.kind)",
          remedy: "Values of a grid are numbers, texts, true and false.")
      }
      // 0.001 and 1e-3 are one value.
      guard
        !values[..<index].contains(where: {
          $0 == value || ($0.figure != nil && $0.figure == value.figure)
        })
      else {
        throw ConfigurationError(
          place.appending(index), "\(value.compact) appears twice", remedy: "Keep one of the two.")
      }
    }
    return try values.map { try Override(path: member.key, value: $0) }
  }

  /// The paths of the options.
  public var paths: [String] { axes.map { $0[0].path } }

  /// Every combination of values; the last option changes fastest.
  public var points: [[Override]] {
    axes.reduce([[]]) { points, axis in
      points.flatMap { point in axis.map { point + [$0] } }
    }
  }

  /// The lists under their paths; null for no options.
  public var json: JSONValue {
    guard !axes.isEmpty else { return .null }
    return .object(axes.map { .init($0[0].path, .array($0.map(\.value))) })
  }

  /// An object of lists.
  public static var schemaMembers: [JSONValue.Member] {
    let scalars = ["number", "string", "boolean"].map { JSONValue.string($0) }
    return [
      .init("type", .string("object")),
      .init(
        "additionalProperties",
        .object([
          .init("type", .string("array")), .init("minItems", .number(1)),
          .init("items", .object([.init("type", .array(scalars))])),
        ])),
    ]
  }
}

extension Override {
  /// What people call the option: the last part of its path.
  var shortName: String { path.split(separator: ".").last.map { String($0) } ?? path }

  /// Name and value as part of the name of a directory.
  var fileName: String {
    // A plus would look like a minus: 1e+1 is not 1e-1.
    let label = if case .number(let text) = value { text.filter { $0 != "+" } } else { value.label }
    return String(
      "\(shortName)-\(label)".map { character in
        character.isASCII && (character.isLetter || character.isNumber) || "._-".contains(character)
          ? character : "-"
      })
  }
}

extension [Override] {
  /// The name of the directory of a run with these values, but for its seed.
  var directoryName: String { map(\.fileName).joined(separator: "_") }

  /// What `body` gives for the experiment at this point of its grid. An error in the experiment names the point.
  func explaining<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ConfigurationError where !isEmpty {
      let point = map { "\($0.path) = \($0.value.compact)" }.joined(separator: ", ")
      throw ConfigurationError(
        error.path, "\(error.problem) (at the point \(point) of the grid)", remedy: error.remedy)
    }
  }

  /// What people call the options: as many of the last parts of each path as tell it from the others.
  var distinctNames: [String] {
    map { option in
      let parts = option.path.split(separator: ".")
      let names = (1...parts.count).map { parts.suffix($0).joined(separator: ".") }
      return names.first { name in
        filter { $0.path == name || $0.path.hasSuffix("." + name) }.count == 1
      } ?? option.path
    }
  }
}

extension JSONValue {
  /// What people call the value: a text without its quotes, of something with a name its name.
  var label: String {
    if case .string(let text) = self { text } else { self["name"]?.label ?? compact }
  }
}
