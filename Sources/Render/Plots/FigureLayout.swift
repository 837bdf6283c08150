import Scenes

/// A whole figure: heading, legend, panels and footnote, from top to bottom.
struct FigureLayout {
  let plot: Plot
  private let styles: SeriesStyles
  private let titleLines: [String]
  private let subtitleLines: [String]
  private let footnoteLines: [String]
  private let legendRows: [[SeriesStyles.Entry]]
  private let headerHeight: Double
  private let footerHeight: Double
  private let rowHeight: Double

  private static let columnGap = 26.0
  private static let rowGap = 20.0
  private static let legendRowHeight = 19.0

  /// The size of the figure in points.
  var size: SIMD2<Double> {
    SIMD2(
      plot.width,
      plot.height
        ?? (headerHeight + footerHeight + rowHeight * Double(rows)
        + Self.rowGap * Double(rows - 1)).rounded(.up))
  }

  private var columns: Int { max(1, min(plot.columns, plot.panels.count)) }
  private var rows: Int { max(1, (plot.panels.count + columns - 1) / columns) }
  private var columnWidth: Double {
    (plot.width - 2 * PlotTheme.margin - Self.columnGap * Double(columns - 1)) / Double(columns)
  }

  /// Decides where everything stands; `canvas` only measures.
  init(_ plot: Plot, measuredOn canvas: PlotCanvas) {
    self.plot = plot
    styles = SeriesStyles(of: plot)
    let width = plot.width - 2 * PlotTheme.margin
    func wrapped(_ text: String, _ font: PlotFont) -> [String] {
      canvas.wrap(text, font, width: width, dividesWords: true)
    }
    titleLines = wrapped(plot.title, PlotTheme.title)
    subtitleLines = wrapped(plot.subtitle, PlotTheme.subtitle)
    footnoteLines = wrapped(plot.footnote, PlotTheme.footnote)
    let showsLegend =
      switch plot.legend {
      case .automatic: styles.entries.count > 1
      case .always: !styles.entries.isEmpty
      case .never: false
      }
    legendRows = showsLegend ? Self.rows(of: styles.entries, width: width, on: canvas) : []

    var header = PlotTheme.margin - 4
    header += Double(titleLines.count) * PlotTheme.title.lineHeight
    header += Double(subtitleLines.count) * PlotTheme.subtitle.lineHeight
    if !titleLines.isEmpty, !subtitleLines.isEmpty { header += 2 }
    if !legendRows.isEmpty { header += 6 + Double(legendRows.count) * Self.legendRowHeight }
    if header > PlotTheme.margin { header += 9 }
    headerHeight = header
    let lines = Double(footnoteLines.count)
    footerHeight =
      PlotTheme.margin - 4 + (lines == 0 ? 0 : 12 + lines * PlotTheme.footnote.lineHeight)

    let count = max(1, min(plot.columns, plot.panels.count))
    let rows = Double(max(1, (plot.panels.count + count - 1) / count))
    if let height = plot.height {
      rowHeight = max((height - headerHeight - footerHeight - Self.rowGap * (rows - 1)) / rows, 1)
    } else {
      let column = (width - Self.columnGap * Double(count - 1)) / Double(count)
      let usual = min(max(column * 0.58, 215), 400)
      let heights = plot.panels.map {
        $0.isMap
          ? PanelLayout.height(ofMap: $0, width: column, on: canvas)
          : usual + PanelLayout.additionalHeight(ofTitleOf: $0, width: column, on: canvas)
      }
      rowHeight = heights.max() ?? usual
    }
  }

  /// Draws the figure.
  func draw(on canvas: PlotCanvas) {
    canvas.fill(
      PlotFrame(minX: 0, minY: 0, maxX: size.x, maxY: size.y), PlotTheme.background)
    drawHeader(on: canvas)
    drawPanels(on: canvas)
    drawFooter(on: canvas)
  }

  private func drawHeader(on canvas: PlotCanvas) {
    var y = PlotTheme.margin - 4
    for line in titleLines {
      canvas.text(
        line, x: PlotTheme.margin, y: y + PlotTheme.title.size, PlotTheme.title, PlotTheme.ink)
      y += PlotTheme.title.lineHeight
    }
    if !titleLines.isEmpty, !subtitleLines.isEmpty { y += 2 }
    for line in subtitleLines {
      canvas.text(
        line, x: PlotTheme.margin, y: y + PlotTheme.subtitle.size, PlotTheme.subtitle,
        PlotTheme.secondary)
      y += PlotTheme.subtitle.lineHeight
    }
    y += 6
    for row in legendRows {
      var x = PlotTheme.margin
      for entry in row {
        draw(entry, x: x, y: y + Self.legendRowHeight / 2, on: canvas)
        x += Self.width(of: entry, on: canvas)
      }
      y += Self.legendRowHeight
    }
  }

  private func drawPanels(on canvas: PlotCanvas) {
    var sides = [PanelLayout.Insets](repeating: .init(), count: columns)
    var ends = [PanelLayout.Insets](repeating: .init(), count: rows)
    for (i, panel) in plot.panels.enumerated() {
      let insets = PanelLayout.insets(
        of: panel, width: columnWidth, height: rowHeight, on: canvas)
      sides[i % columns] = sides[i % columns].union(insets)
      ends[i / columns] = ends[i / columns].union(insets)
    }
    for (i, panel) in plot.panels.enumerated() {
      let (row, column) = (i / columns, i % columns)
      let x = PlotTheme.margin + Double(column) * (columnWidth + Self.columnGap)
      let y = headerHeight + Double(row) * (rowHeight + Self.rowGap)
      let insets = PanelLayout.Insets(
        top: ends[row].top, left: sides[column].left, bottom: ends[row].bottom,
        right: sides[column].right)
      PanelLayout(
        panel,
        outer: PlotFrame(minX: x, minY: y, maxX: x + columnWidth, maxY: y + rowHeight),
        insets: insets, on: canvas
      ).draw(styles, on: canvas)
    }
  }

  private func drawFooter(on canvas: PlotCanvas) {
    var y =
      size.y - PlotTheme.margin + 4 - Double(footnoteLines.count) * PlotTheme.footnote.lineHeight
    for line in footnoteLines {
      y += PlotTheme.footnote.lineHeight
      canvas.text(
        line, x: PlotTheme.margin, y: y - 3, PlotTheme.footnote, PlotTheme.muted)
    }
  }

  // MARK: Legend

  private static func width(of entry: SeriesStyles.Entry, on canvas: PlotCanvas) -> Double {
    entry.swatchWidth + 7 + canvas.width(of: entry.name, PlotTheme.legend) + 20
  }

  private static func rows(
    of entries: [SeriesStyles.Entry], width: Double, on canvas: PlotCanvas
  ) -> [[SeriesStyles.Entry]] {
    var rows: [[SeriesStyles.Entry]] = [[]]
    var used = 0.0
    for entry in entries {
      let needed = self.width(of: entry, on: canvas)
      if used + needed - 20 > width, used > 0 {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append(entry)
      used += needed
    }
    return rows
  }

  private func draw(
    _ entry: SeriesStyles.Entry, x: Double, y: Double, on canvas: PlotCanvas
  ) {
    let color = entry.style.color
    let right = x + entry.swatchWidth
    if entry.hasBand {
      canvas.fill(
        PlotFrame(minX: x, minY: y - 5.5, maxX: right, maxY: y + 5.5),
        color.withOpacity(PlotTheme.bandOpacity + 0.04))
    }
    if entry.hasBars {
      canvas.fill(PlotFrame(minX: x, minY: y - 6, maxX: right, maxY: y + 6), color)
    }
    if entry.hasLine {
      canvas.stroke(
        [SIMD2(x + 1, y), SIMD2(right - 1, y)], color, width: 2.2, dash: entry.style.dash)
    }
    if entry.hasPoints {
      canvas.disc(SIMD2((x + right) / 2, y), radius: 3.4, color, rim: 0.6)
    }
    canvas.text(
      entry.name, x: right + 7, y: y + PlotTheme.legend.size * 0.36, PlotTheme.legend,
      PlotTheme.secondary)
  }
}
