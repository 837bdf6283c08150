import Scenes

/// The colour and dash of every series of a figure: one for each name, in order of appearance.
struct SeriesStyles {
  struct Style {
    var color: Color
    var dash: [Double]
  }

  /// One line of the legend: a name and the marks drawn under it.
  struct Entry {
    var name: String
    var style: Style
    var hasBand = false
    var hasLine = false
    var hasPoints = false
    var hasBars = false

    /// Room for the marks beside the name.
    var swatchWidth: Double { hasBand || hasLine ? 20 : hasBars ? 12 : 8 }
  }

  private static let dashes: [[Double]] = [[], [7, 3], [2, 2.5]]

  private var byName: [String: Style] = [:]
  private(set) var entries: [Entry] = []
  private var used = 0

  init(of plot: Plot) {
    for series in plot.panels.lazy.flatMap(\.series) where !series.name.isEmpty {
      let style = byName[series.name] ?? next(color: series.color)
      byName[series.name] = style
      let known = entries.firstIndex { $0.name == series.name }
      if known == nil { entries.append(Entry(name: series.name, style: style)) }
      let index = known ?? entries.count - 1
      switch series.mark {
      case .line, .arrow: entries[index].hasLine = true
      case .band: entries[index].hasBand = true
      case .points: entries[index].hasPoints = true
      case .bars: entries[index].hasBars = true
      case .image: break
      }
    }
  }

  private mutating func next(color: Color?) -> Style {
    if let color { return Style(color: color, dash: []) }
    let palette = Color.palette
    defer { used += 1 }
    return Style(
      color: palette[used % palette.count],
      dash: Self.dashes[used / palette.count % Self.dashes.count])
  }

  /// The style of `series`; what has no name takes its own colour or the palette's first.
  func style(of series: Series) -> Style {
    var style = byName[series.name] ?? Style(color: Color.palette[0], dash: [])
    if let color = series.color { style.color = color }
    style.color = style.color.withOpacity(style.color.opacity * series.opacity)
    return style
  }
}
