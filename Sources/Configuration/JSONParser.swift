/// A text that is not JSON: where, what, and what to do about it.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// The line, counted from 1.
  public let line: Int
  /// The column in characters, counted from 1.
  public let column: Int
  /// What is wrong there.
  public let problem: String
  /// What would be right.
  public let remedy: String

  /// Two lines for a person: what is wrong, what to do.
  public var description: String { "line \(line), column \(column): \(problem)\n\(remedy)" }
}

/// A strict reader of JSON (RFC 8259).
///
/// Keys keep their order and numbers their spelling. Duplicate keys, trailing text, byte order marks,
/// broken UTF-8, lone surrogates, and texts that are too large or too deep are errors with a line and
/// a column.
struct JSONParser {
  private let bytes: [UInt8]
  private let maximumDepth: Int
  private var position = 0
  private var depth = 0

  static func parse(_ bytes: [UInt8], maximumDepth: Int, maximumBytes: Int) throws -> JSONValue {
    var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
    guard bytes.count <= maximumBytes else {
      throw parser.error(
        "the text has \(bytes.count) bytes", "At most \(maximumBytes) are read.", at: 0)
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw parser.error(
        "the text begins with a byte order mark", "Save it as UTF-8 without one.", at: 0)
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw parser.error("the text is UTF-16", "Save it as UTF-8.", at: 0)
    }
    parser.skipSpace()
    guard parser.position < bytes.count else {
      throw parser.error("the text is empty", "Write a JSON value, such as { … }.")
    }
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else {
      throw parser.error(
        "there is more text after the end of the value", "Remove it, or look for an extra bracket.")
    }
    return value
  }

  private init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  // MARK: Values

  private mutating func value() throws -> JSONValue {
    guard let byte = peek() else {
      throw error("the text ends where a value belongs", "Complete it, or restore the file.")
    }
    switch byte {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return try keyword()
    default: throw unexpected(byte)
    }
  }

  private mutating func nested(_ read: (inout Self) throws -> JSONValue) throws -> JSONValue {
    depth += 1
    guard depth <= maximumDepth else {
      throw error(
        "brackets are nested more than \(maximumDepth) deep", "Flatten the text.")
    }
    position += 1
    skipSpace()
    let value = try read(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws -> JSONValue {
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    if take("}") { return .object([]) }
    while true {
      let start = position
      guard peek() == UInt8(ascii: "\"") else {
        if take("}") {
          throw error("there is a comma before the closing }", "Remove the comma.", at: start)
        }
        throw peek().map(unexpectedKey)
          ?? error("the text ends inside an object", "Add the missing }.")
      }
      let key = try string()
      guard keys.insert(key).inserted else {
        throw error("the key “\(key)” appears twice", "Keep one of the two.", at: start)
      }
      skipSpace()
      guard take(":") else { throw expected("a colon after the key “\(key)”") }
      skipSpace()
      members.append(.init(key, try value()))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw expected("a comma or } after the value of “\(key)”") }
      skipSpace()
    }
  }

  private mutating func array() throws -> JSONValue {
    var elements: [JSONValue] = []
    if take("]") { return .array([]) }
    while true {
      if peek() == UInt8(ascii: "]") {
        throw error("there is a comma before the closing ]", "Remove the comma.")
      }
      elements.append(try value())
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { throw expected("a comma or ] after the element") }
      skipSpace()
    }
  }

  private mutating func keyword() throws -> JSONValue {
    let rest = bytes[position...]
    for (text, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)]
    where rest.starts(with: text.utf8) {
      position += text.utf8.count
      return value
    }
    throw unexpected(bytes[position])
  }

  private mutating func number() throws -> String {
    let start = position
    _ = take("-")
    let leadingZero = peek() == UInt8(ascii: "0")
    let digits = skipDigits()
    guard digits > 0 else { throw error("a digit is missing in a number", "Complete it.") }
    guard !leadingZero || digits == 1 else {
      throw error("a number begins with 0", "Remove the leading zeros.", at: start)
    }
    if take(".") {
      guard skipDigits() > 0 else {
        throw error("a digit is missing after the decimal point", "Write 1.0, not “1.”.")
      }
    }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      guard skipDigits() > 0 else {
        throw error("a digit is missing in an exponent", "Complete it.")
      }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  // MARK: Texts

  private mutating func string() throws -> String {
    let start = position
    position += 1
    var content: [UInt8] = []
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: content, as: UTF8.self) else {
          throw error("a text is not valid UTF-8", "Save the file as UTF-8.", at: start)
        }
        return text
      case UInt8(ascii: "\\"):
        content.append(contentsOf: try escape())
      case 0..<0x20:
        throw error(
          "a text contains a line break or another control character",
          "Close the quotes on the same line, or write \\n.")
      default:
        content.append(byte)
        position += 1
      }
    }
    throw error("a text is not closed", "Add the missing quotation mark.", at: start)
  }

  /// Reads one escape sequence and returns its UTF-8.
  private mutating func escape() throws -> [UInt8] {
    let start = position
    position += 1
    guard let byte = peek() else { throw error("a text is not closed", "Add the missing quotes.") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default:
      throw error("a text contains an unknown escape", "Write \\\\ for a backslash.", at: start)
    }
    var scalar = try hexadecimal(from: start)
    if (0xD800..<0xDC00).contains(scalar), take("\\"), take("u") {
      let low = try hexadecimal(from: start)
      if (0xDC00..<0xE000).contains(low) {
        scalar = 0x10000 + (scalar - 0xD800) << 10 + low - 0xDC00
      }
    }
    guard let unicode = Unicode.Scalar(scalar) else {
      throw error("a text contains half a surrogate pair", "Write both halves.", at: start)
    }
    return Array(String(Character(unicode)).utf8)
  }

  private mutating func hexadecimal(from start: Int) throws -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else {
      throw error("\\u needs four hexadecimal digits", "Complete the escape.", at: start)
    }
    position += 4
    return value
  }

  // MARK: Moving

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    return position - start
  }

  // MARK: Errors

  private func expected(_ what: String) -> JSONSyntaxError {
    peek() == nil
      ? error("the text ends where \(what) belongs", "Complete it, or restore the file.")
      : error("\(what) is missing", "Add it here.")
  }

  private func unexpectedKey(_ byte: UInt8) -> JSONSyntaxError {
    switch byte {
    case UInt8(ascii: "/"), UInt8(ascii: "#"):
      error("JSON has no comments", "Remove the comment.")
    default:
      error("a key is missing its double quotes", "Write \"key\": value.")
    }
  }

  private func unexpected(_ byte: UInt8) -> JSONSyntaxError {
    switch byte {
    case UInt8(ascii: "/"), UInt8(ascii: "#"):
      return error("JSON has no comments", "Remove the comment.")
    case UInt8(ascii: "'"):
      return error("single quotes are not JSON", "Write texts in double quotes.")
    case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","):
      return error("a value is missing", "Write one here, or remove a comma.")
    case UInt8(ascii: "+"), UInt8(ascii: "."):
      return error("a number begins with + or a point", "Begin it with a digit or a minus sign.")
    default:
      let rest = bytes[position...]
      let word = rest.prefix(24).prefix { Character(Unicode.Scalar($0)).isLetter }
      guard !word.isEmpty else { return error("this is not a JSON value", "Write one here.") }
      let text = String(decoding: word, as: UTF8.self)
      return error(
        "“\(text)” is not a JSON value", "Write a number, true, false, null, or a \"text\".")
    }
  }

  private func error(_ problem: String, _ remedy: String, at place: Int? = nil) -> JSONSyntaxError {
    let before = bytes[..<(place ?? position)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let line = before.count { $0 == 0x0A } + 1
    // Continuation bytes of UTF-8 do not begin a character.
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return JSONSyntaxError(line: line, column: column, problem: problem, remedy: remedy)
  }
}

extension JSONValue {
  /// Reads a JSON text strictly.
  ///
  /// - Throws: ``JSONSyntaxError`` with the line and column of the first thing that is wrong.
  public init(
    parsing bytes: [UInt8], maximumDepth: Int = 128, maximumBytes: Int = 16 << 20
  ) throws {
    self = try JSONParser.parse(bytes, maximumDepth: maximumDepth, maximumBytes: maximumBytes)
  }

  /// Reads a JSON text strictly.
  ///
  /// - Throws: ``JSONSyntaxError`` with the line and column of the first thing that is wrong.
  public init(parsing text: String) throws { try self.init(parsing: Array(text.utf8)) }
}
