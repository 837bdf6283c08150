/// A JSON text as a value that keeps the order of keys and the exact spelling of numbers.
public indirect enum JSONValue: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number as written, so that 64-bit seeds survive.
  case number(String)
  /// A text, without quotation marks and escapes.
  case string(String)
  /// Values in their order.
  case array([JSONValue])
  /// Keys and their values in the order in which they are written.
  case object([Member])

  /// One key and its value.
  public struct Member: Sendable, Equatable {
    /// The key.
    public var key: String
    /// The value.
    public var value: JSONValue

    /// A key with its value.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// A whole number.
  public static func number(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

  /// A finite number in its shortest exact decimal form.
  public static func number(_ value: some BinaryFloatingPoint & LosslessStringConvertible)
    -> JSONValue
  {
    let text = String(value)
    return .number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  /// What people call this kind of value.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The value under `key` of an object, nil for other values and absent keys.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }
}
