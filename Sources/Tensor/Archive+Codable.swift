import Configuration
import Foundation

extension Archive {
  /// Stores a value as JSON with sorted keys; numbers that JSON lacks are spelled out.
  public mutating func store(_ value: some Encodable, _ name: String) throws {
    storeEncoded(try Self.encode(value), name)
  }

  private static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return Array(try encoder.encode(value))
  }

  /// The value stored under `name`.
  ///
  /// - Throws: ``ArchiveError`` if it is missing or does not decode.
  public func value<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws
    -> Value
  {
    try Self.decode(encoded(name), name)
  }

  /// The value stored under `name`. Members that it lacks, because they were added to the type after
  /// it was stored, are those of `initial`, the value at the beginning of a training.
  ///
  /// - Throws: ``ArchiveError`` if it is missing or does not decode.
  public func value<Value: Codable>(_ name: String, completedBy initial: Value) throws -> Value {
    let json: JSONValue
    do {
      json = try JSONValue(parsing: encoded(name), maximumDepth: 512, maximumBytes: 4 << 30)
    } catch let error as JSONSyntaxError {
      throw ArchiveError(name: name, reason: "is not JSON: \(error.problem)")
    }
    let complete = json.completed(by: try JSONValue(parsing: Self.encode(initial)))
    return try Self.decode(Array(complete.compact.utf8), name)
  }

  private static func decode<Value: Decodable>(_ json: [UInt8], _ name: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Value.self, from: Data(json))
    } catch let error as DecodingError {
      throw ArchiveError(name: name, reason: "does not decode: \(error)")
    }
  }
}

extension JSONValue {
  /// The object with the members of `other` that it lacks, also inside the objects it holds.
  fileprivate func completed(by other: JSONValue) -> JSONValue {
    guard case .object(let members) = self, case .object(let others) = other else { return self }
    let known = members.map { member in
      Member(member.key, other[member.key].map { member.value.completed(by: $0) } ?? member.value)
    }
    return .object(known + others.filter { self[$0.key] == nil })
  }
}
