import Configuration

/// The options of a schema for people: path, type and range, default, and what each is for.
struct OptionTable {
  let text: String

  init(schema: JSONValue) {
    let rows = Self.rows(schema, path: "")
    let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
    text = rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      return "  " + cells.joined(separator: "  ") + "  " + row[3]
    }.joined(separator: "\n")
  }

  private static func rows(_ schema: JSONValue, path: String) -> [[String]] {
    guard case .object(let properties)? = schema["properties"] else { return [] }
    return properties.flatMap { property -> [[String]] in
      let name = path + property.key
      if property.value["properties"] != nil { return rows(property.value, path: name + ".") }
      if let items = property.value["items"], items["properties"] != nil {
        return rows(items, path: name + "[].")
      }
      let summary: String
      if case .string(let text)? = property.value["description"] {
        summary = text
      } else {
        summary = ""
      }
      let value = property.value["default"].map { "= " + shortened($0.compact) } ?? ""
      return [[name, type(of: property.value), value, summary]]
    }
  }

  /// The beginning of a long text.
  private static func shortened(_ text: String) -> String {
    text.count <= 40 ? text : text.prefix(39) + "…"
  }

  /// The type and range that a schema allows.
  private static func type(of schema: JSONValue) -> String {
    if case .array(let choices)? = schema["enum"] {
      return choices.map(\.compact).joined(separator: " | ")
    }
    if case .string(let reference)? = schema["$ref"] {
      return String(reference.dropFirst("#/$defs/".count))
    }
    guard case .string(let name)? = schema["type"] else { return "value" }
    if name == "array", let items = schema["items"] { return "list of " + type(of: items) }
    switch (schema["minimum"]?.compact, schema["maximum"]?.compact) {
    case (let low?, let high?): return "\(name) \(low)…\(high)"
    case (let low?, nil): return "\(name) ≥ \(low)"
    case (nil, let high?): return "\(name) ≤ \(high)"
    case (nil, nil): return name
    }
  }
}
