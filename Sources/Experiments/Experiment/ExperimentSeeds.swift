import Configuration

/// The seeds that an experiment is run with, each in a run of its own: their number, or a list.
///
/// ```json
/// "seeds": 4
/// "seeds": [11, 12, 17]
/// ```
public struct ExperimentSeeds: JSONRepresentable, Equatable {
  /// How many runs of several seeds there may be.
  public static let counts = 1...100_000

  /// What was written.
  private enum Form: Equatable {
    case none
    case count(Int)
    case list([UInt64])
  }

  private let form: Form

  /// Nothing is said: the experiment has the one seed of its own.
  public init() { form = .none }

  /// Reads a number of seeds, or a list.
  ///
  /// - Throws: `ConfigurationError` for what is neither, for no seed, and for a seed that is there twice.
  public init(json: JSONValue, at place: JSONPath) throws {
    switch json {
    case .number:
      form = .count(try json.wholeNumber(in: Self.counts, at: place))
    case .array(let elements):
      guard Self.counts.contains(elements.count) else {
        throw ConfigurationError(
          place, "has \(elements.count) seeds",
          remedy: "Allowed: \(Self.counts.lowerBound) to \(Self.counts.upperBound).")
      }
      var seen: Set<UInt64> = []
      form = .list(
        try elements.enumerated().map { index, element in
          let seed = try element.wholeNumber(
            in: UInt64.min...UInt64.max, at: place.appending(index))
          guard seen.insert(seed).inserted else {
            throw ConfigurationError(
              place.appending(index), "\(seed) appears twice", remedy: "Keep one of the two.")
          }
          return seed
        })
    case .null, .bool, .string, .object:
      throw ConfigurationError(
        place, "is \(json.kind)",
        remedy: "Write how many seeds, such as 4, or a list of them, such as [11, 12, 17].")
    }
  }

  /// The seeds in ascending order; nil where nothing is said.
  public var ascending: [UInt64]? {
    switch form {
    case .none: nil
    case .count(let count): (0..<UInt64(count)).map { $0 }
    case .list(let seeds): seeds.sorted()
    }
  }

  /// What was written; null where nothing is said.
  public var json: JSONValue {
    switch form {
    case .none: .null
    case .count(let count): .number(count)
    case .list(let seeds): .array(seeds.map { JSONValue.number($0) })
    }
  }

  /// A number, or a list of different numbers.
  public static var schemaMembers: [JSONValue.Member] {
    func whole(_ type: String, _ members: JSONValue.Member...) -> JSONValue {
      .object([.init("type", .string(type))] + members)
    }
    let count = whole(
      "integer", .init("minimum", .number(counts.lowerBound)),
      .init("maximum", .number(counts.upperBound)))
    let list = whole(
      "array", .init("minItems", .number(counts.lowerBound)),
      .init("maxItems", .number(counts.upperBound)), .init("uniqueItems", .bool(true)),
      .init("items", whole("integer", .init("minimum", .number(0)))))
    return [.init("anyOf", .array([count, list]))]
  }
}
