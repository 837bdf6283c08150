extension Program {
  /// A table of the parameters with shapes and counts, for people.
  public var summary: String {
    let names = parameters.map { $0.name + ($0.isLearned ? "" : " (fixed)") } + ["total"]
    let shapes =
      parameters.map { $0.isVector ? "\($0.columns)" : "\($0.rows) × \($0.columns)" } + [""]
    let counts = (parameters.map(\.count) + [parameterCount]).map(Self.grouped)
    let widths = (names.map(\.count).max() ?? 0, shapes.map(\.count).max() ?? 0)
    let countWidth = counts.map(\.count).max() ?? 0
    func padded(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: width - text.count)
    }
    return names.indices.map { i in
      "  \(names[i])\(padded(names[i], widths.0))  \(padded(shapes[i], widths.1))\(shapes[i])"
        + "  \(padded(counts[i], countWidth))\(counts[i])"
    }.joined(separator: "\n")
  }

  /// 12345 as 12 345.
  private static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.map { i in
      (i > 0 && (digits.count - i) % 3 == 0 ? " " : "") + String(digits[i])
    }.joined()
  }
}
