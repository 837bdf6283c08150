import Foundation

extension Archive {
  /// Stores a value as JSON with sorted keys; numbers that JSON lacks are spelled out.
  public mutating func store(_ value: some Encodable, _ name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    storeEncoded(Array(try encoder.encode(value)), name)
  }

  /// The value stored under `name`.
  ///
  /// - Throws: ``ArchiveError`` if it is missing or does not decode.
  public func value<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws
    -> Value
  {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: Data(try encoded(name)))
    } catch let error as DecodingError {
      throw ArchiveError(name: name, reason: "does not decode: \(error)")
    }
  }
}
