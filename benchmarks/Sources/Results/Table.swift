import Foundation

/// Rows for people.
enum Table {
  /// A table of measurements.
  static func text(of rows: [Row]) -> String {
    var lines = [
      [
        "threads", "ours", "fastest", "peer", "fastest", "ratio", "to best", "per second",
        "quality", "load", "peak", "which peer",
      ]
    ]
    for row in rows {
      let hasQuality = row.number("quality") != nil
      lines.append([
        "\(Int(row.number("threads") ?? 0))", seconds(row.number("seconds")),
        seconds(row.number("minimum")), seconds(row.number("peerSeconds")),
        seconds(row.number("peerMinimum")), ratio(row.number("ratio")),
        ratio(row.number("bestRatio")), amount(row.number("unitsPerSecond")),
        hasQuality
          ? plain(row.number("quality"), "%.0f") + " / " + plain(row.number("peerQuality"), "%.0f")
          : "",
        plain(row.number("loadBefore"), "%.1f") + " " + plain(row.number("loadAfter"), "%.1f"),
        plain(row.number("peakBefore"), "%.0f") + " " + plain(row.number("peakAfter"), "%.0f"),
        row.text("peer") ?? "",
      ])
    }
    return text(of: lines, leading: [lines[0].count - 1])
  }

  /// A table of allocation counts.
  static func text(of counts: [AllocationCount]) -> String {
    let lines = counts.map { count in
      [
        count.name, "\(count.threads)", plain(count.perStep, "%.4g"), count.step,
        count.isExcessive ? "should be 0" : "",
      ]
    }
    let titles = ["work", "threads", "allocations", "in each", ""]
    return text(of: [titles] + lines, leading: [0, 3, 4])
  }

  /// Aligns columns, to the right except where they are `leading`.
  private static func text(of lines: [[String]], leading: Set<Int>) -> String {
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = line.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return leading.contains(column) ? cell + space : space + cell
      }
      var text = "  " + cells.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }.joined(separator: "\n")
  }

  private static func plain(_ value: Double?, _ format: String) -> String {
    value.map { String(format: format, $0) } ?? "-"
  }

  private static func ratio(_ value: Double?) -> String { plain(value, "%.2f") }

  private static func seconds(_ value: Double?) -> String {
    guard let value else { return "-" }
    if value >= 1 { return String(format: "%.3g s", value) }
    if value >= 1e-3 { return String(format: "%.3g ms", value * 1e3) }
    return String(format: "%.3g µs", value * 1e6)
  }

  private static func amount(_ value: Double?) -> String {
    guard let value else { return "-" }
    if value >= 1e6 { return String(format: "%.3g M", value / 1e6) }
    if value >= 1e3 { return String(format: "%.3g k", value / 1e3) }
    return String(format: "%.3g", value)
  }
}
