extension JSONValue {
  /// The value on one line without spaces.
  public var compact: String {
    var text = ""
    writeCompact(to: &text)
    return text
  }

  /// The value for people: two spaces of indentation, short lists and objects without nesting on
  /// one line where they fit, a line break at the end.
  public var pretty: String {
    var text = ""
    writePretty(to: &text, indentation: 0, column: 0)
    text.append("\n")
    return text
  }

  private func writeCompact(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let spelling): text += spelling
    case .string(let value): Self.writeQuoted(value, to: &text)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.writeCompact(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        Self.writeQuoted(member.key, to: &text)
        text += ":"
        member.value.writeCompact(to: &text)
      }
      text += "}"
    }
  }

  private func writePretty(to text: inout String, indentation: Int, column: Int) {
    if let line = oneLine, column + line.count <= 96 {
      text += line
      return
    }
    let margin = String(repeating: " ", count: indentation + 2)
    switch self {
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        text += (index > 0 ? ",\n" : "\n") + margin
        element.writePretty(to: &text, indentation: indentation + 2, column: indentation + 2)
      }
      text += "\n" + margin.dropLast(2) + "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        var key = ""
        Self.writeQuoted(member.key, to: &key)
        text += (index > 0 ? ",\n" : "\n") + margin + key + ": "
        member.value.writePretty(
          to: &text, indentation: indentation + 2, column: indentation + key.count + 4)
      }
      text += "\n" + margin.dropLast(2) + "}"
    default:
      writeCompact(to: &text)
    }
  }

  /// The value with spaces on one line, nil for objects with members and for nested lists.
  private var oneLine: String? {
    switch self {
    case .object(let members): return members.isEmpty ? "{}" : nil
    case .array(let elements):
      var parts: [String] = []
      for element in elements {
        switch element {
        case .array, .object: return nil
        default: parts.append(element.compact)
        }
      }
      return "[" + parts.joined(separator: ", ") + "]"
    default: return compact
    }
  }

  private static func writeQuoted(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
