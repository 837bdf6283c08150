/// One option of a ``Configurable``: its name, its type and range, and how to read and write it.
public struct Field<Root>: Sendable {
  /// The JSON key.
  public let name: String
  /// One sentence on what the option does, with its unit and source.
  public let summary: String
  /// Whether a configuration without it is an error.
  public let isRequired: Bool
  /// The JSON Schema of the value, without description and default.
  public let schema: [JSONValue.Member]
  let decode: @Sendable (inout Root, JSONValue, JSONPath) throws -> Void
  let encode: @Sendable (Root) -> JSONValue

  /// A field with its own reading and writing. Prefer the factories below.
  public init(
    name: String, summary: String, isRequired: Bool = false, schema: [JSONValue.Member],
    decode: @escaping @Sendable (inout Root, JSONValue, JSONPath) throws -> Void,
    encode: @escaping @Sendable (Root) -> JSONValue
  ) {
    self.name = name
    self.summary = summary
    self.isRequired = isRequired
    self.schema = schema
    self.decode = decode
    self.encode = encode
  }
}

extension Field {
  /// The same option of something larger, which has a `Root` at `path` and its options as its own.
  public func nested<Outer>(_ path: any WritableKeyPath<Outer, Root> & Sendable) -> Field<Outer> {
    Field<Outer>(
      name: name, summary: summary, isRequired: isRequired, schema: schema,
      decode: { outer, json, place in try decode(&outer[keyPath: path], json, place) },
      encode: { encode($0[keyPath: path]) })
  }
}

/// A value that knows how it looks in JSON; what `Field.value` and lists are made of.
public protocol JSONRepresentable: Sendable {
  /// Reads the value.
  ///
  /// - Throws: ``ConfigurationError`` at `path`.
  init(json: JSONValue, at path: JSONPath) throws
  /// The value as JSON.
  var json: JSONValue { get }
  /// Its JSON Schema.
  static var schemaMembers: [JSONValue.Member] { get }
}

/// Options can be elements of lists.
extension JSONRepresentable where Self: Configurable {
  /// The JSON Schema of the options.
  public static var schemaMembers: [JSONValue.Member] {
    if case .object(let members) = schema { members } else { [] }
  }
}

extension Field {
  /// A number within a closed range.
  public static func number<Value: BinaryFloatingPoint & LosslessStringConvertible & Sendable>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable,
    in range: ClosedRange<Value> = -Value.greatestFiniteMagnitude...Value.greatestFiniteMagnitude,
    _ summary: String, required: Bool = false
  ) -> Field {
    var schema: [JSONValue.Member] = [.init("type", .string("number"))]
    if range.lowerBound > -Value.greatestFiniteMagnitude {
      schema.append(.init("minimum", .number(range.lowerBound)))
    }
    if range.upperBound < Value.greatestFiniteMagnitude {
      schema.append(.init("maximum", .number(range.upperBound)))
    }
    return Field(
      name: name, summary: summary, isRequired: required, schema: schema,
      decode: { root, json, place in
        guard case .number(let text) = json else {
          throw ConfigurationError(place, "is \(json.kind)", remedy: "Write a number.")
        }
        guard let value = Value(text), range.contains(value) else {
          throw ConfigurationError(
            place, "\(text) is out of range", remedy: "Allowed: \(describe(range)).")
        }
        root[keyPath: path] = value
      },
      encode: { .number($0[keyPath: path]) })
  }

  /// A whole number within a closed range.
  public static func integer<Value: FixedWidthInteger & Sendable>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable,
    in range: ClosedRange<Value> = Value.min...Value.max,
    _ summary: String, required: Bool = false
  ) -> Field {
    var schema: [JSONValue.Member] = [.init("type", .string("integer"))]
    if range.lowerBound > Value.min || !Value.isSigned {
      schema.append(.init("minimum", .number(range.lowerBound)))
    }
    if range.upperBound < Value.max {
      schema.append(.init("maximum", .number(range.upperBound)))
    }
    return Field(
      name: name, summary: summary, isRequired: required, schema: schema,
      decode: { root, json, place in
        root[keyPath: path] = try json.wholeNumber(in: range, at: place)
      },
      encode: { .number($0[keyPath: path]) })
  }

  /// True or false.
  public static func flag(
    _ name: String, _ path: any WritableKeyPath<Root, Bool> & Sendable, _ summary: String
  ) -> Field {
    Field(
      name: name, summary: summary, schema: [.init("type", .string("boolean"))],
      decode: { root, json, place in
        guard case .bool(let value) = json else {
          throw ConfigurationError(place, "is \(json.kind)", remedy: "Write true or false.")
        }
        root[keyPath: path] = value
      },
      encode: { .bool($0[keyPath: path]) })
  }

  /// A text.
  ///
  /// - Parameter pattern: The regular expression that the schema names for what `Root` allows when it validates.
  public static func text(
    _ name: String, _ path: any WritableKeyPath<Root, String> & Sendable, pattern: String? = nil,
    _ summary: String, required: Bool = false
  ) -> Field {
    var schema: [JSONValue.Member] = [.init("type", .string("string"))]
    if let pattern { schema.append(.init("pattern", .string(pattern))) }
    return Field(
      name: name, summary: summary, isRequired: required, schema: schema,
      decode: { root, json, place in
        guard case .string(let value) = json else {
          throw ConfigurationError(place, "is \(json.kind)", remedy: "Write a text in quotes.")
        }
        root[keyPath: path] = value
      },
      encode: { .string($0[keyPath: path]) })
  }

  /// One of the cases of an enumeration, by raw value.
  public static func choice<Value>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String
  ) -> Field where Value: RawRepresentable<String> & CaseIterable & Sendable {
    let names = Value.allCases.map(\.rawValue)
    return Field(
      name: name, summary: summary,
      schema: [.init("enum", .array(names.map { JSONValue.string($0) }))],
      decode: { root, json, place in
        guard case .string(let text) = json else {
          throw ConfigurationError(
            place, "is \(json.kind)", remedy: "Allowed: \(names.joined(separator: ", ")).")
        }
        guard let value = Value(rawValue: text) else {
          throw ConfigurationError(
            place, "“\(text)” is not a choice here",
            remedy: ConfigurationError.suggestion(for: text, among: names))
        }
        root[keyPath: path] = value
      },
      encode: { .string($0[keyPath: path].rawValue) })
  }

  /// A list of whole numbers, each within a closed range.
  public static func integers(
    _ name: String, _ path: any WritableKeyPath<Root, [Int]> & Sendable, in range: ClosedRange<Int>,
    _ summary: String
  ) -> Field {
    Field(
      name: name, summary: summary,
      schema: [
        .init("type", .string("array")),
        .init(
          "items",
          .object([
            .init("type", .string("integer")), .init("minimum", .number(range.lowerBound)),
            .init("maximum", .number(range.upperBound)),
          ])),
      ],
      decode: { root, json, place in
        guard case .array(let elements) = json else {
          throw ConfigurationError(
            place, "is \(json.kind)", remedy: "Write a list of whole numbers, such as [30, 10].")
        }
        root[keyPath: path] = try elements.enumerated().map { index, element in
          try element.wholeNumber(in: range, at: place.appending(index))
        }
      },
      encode: { .array($0[keyPath: path].map { JSONValue.number($0) }) })
  }

  /// Nested options. Those that a configuration leaves out stay as `Root` has them.
  public static func object<Value: Configurable>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String
  ) -> Field {
    var schema: [JSONValue.Member] = []
    if case .object(let members) = Value.schema { schema = members }
    return Field(
      name: name, summary: summary, schema: schema,
      decode: { root, json, place in try root[keyPath: path].read(json, at: place) },
      encode: { $0[keyPath: path].json })
  }

  /// Something out of a registry: its name, or an object with its name and options.
  ///
  /// The options are checked, and their defaults filled in, when an experiment is resolved; `kind`
  /// names the registry.
  public static func product(
    _ name: String, _ path: any WritableKeyPath<Root, JSONValue> & Sendable, kind: String,
    _ summary: String, required: Bool = false
  ) -> Field {
    Field(
      name: name, summary: summary, isRequired: required,
      schema: [.init("$ref", .string("#/$defs/" + kind))],
      decode: { root, json, _ in root[keyPath: path] = json },
      encode: { $0[keyPath: path] })
  }

  /// A list of values that read and write themselves.
  public static func values<Value: JSONRepresentable>(
    _ name: String, _ path: any WritableKeyPath<Root, [Value]> & Sendable, _ summary: String
  ) -> Field {
    Field(
      name: name, summary: summary,
      schema: [
        .init("type", .string("array")), .init("items", .object(Value.schemaMembers)),
      ],
      decode: { root, json, place in
        guard case .array(let elements) = json else {
          throw ConfigurationError(place, "is \(json.kind)", remedy: "Write a list […] here.")
        }
        root[keyPath: path] = try elements.enumerated().map { index, element in
          try Value(json: element, at: place.appending(index))
        }
      },
      encode: { .array($0[keyPath: path].map(\.json)) })
  }

  /// A value that reads and writes itself.
  public static func value<Value: JSONRepresentable>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    required: Bool = false
  ) -> Field {
    Field(
      name: name, summary: summary, isRequired: required, schema: Value.schemaMembers,
      decode: { root, json, place in root[keyPath: path] = try Value(json: json, at: place) },
      encode: { $0[keyPath: path].json })
  }
}

extension JSONValue {
  /// The whole number that is written here, also in forms such as `2e4`.
  ///
  /// - Throws: ``ConfigurationError`` for anything else, and for a number that is not in `range`.
  package func wholeNumber<Value: FixedWidthInteger>(
    in range: ClosedRange<Value>, at place: JSONPath
  ) throws -> Value {
    guard case .number(let text) = self else {
      throw ConfigurationError(place, "is \(kind)", remedy: "Write a whole number.")
    }
    if let value = Value(text) ?? Double(text).flatMap(exactly), range.contains(value) {
      return value
    }
    let remedy = "Allowed: \(describe(range))."
    guard let double = Double(text), double == double.rounded() else {
      throw ConfigurationError(place, "\(text) is not a whole number", remedy: remedy)
    }
    throw ConfigurationError(place, "\(text) is out of range", remedy: remedy)
  }
}

/// `double` as an integer where it is one and where doubles represent every integer.
private func exactly<Value: FixedWidthInteger>(_ double: Double) -> Value? {
  abs(double) <= 0x1p53 ? Value(exactly: double) : nil
}

private func describe<Value: BinaryFloatingPoint>(_ range: ClosedRange<Value>) -> String {
  let largest = Value.greatestFiniteMagnitude
  switch (range.lowerBound > -largest, range.upperBound < largest) {
  case (true, true): return "\(range.lowerBound) to \(range.upperBound)"
  case (true, false): return "\(range.lowerBound) or more"
  case (false, true): return "\(range.upperBound) or less"
  case (false, false): return "any finite number"
  }
}

private func describe<Value: FixedWidthInteger>(_ range: ClosedRange<Value>) -> String {
  switch (range.lowerBound > Value.min || !Value.isSigned, range.upperBound < Value.max) {
  case (true, true): "\(range.lowerBound) to \(range.upperBound)"
  case (true, false): "whole numbers from \(range.lowerBound)"
  case (false, true): "whole numbers up to \(range.upperBound)"
  case (false, false): "whole numbers of \(Value.bitWidth) bits"
  }
}
