/// Where the parts of one panel stand: decided before anything is drawn.
struct PanelLayout {
  let panel: Panel
  /// The rectangle between the axes.
  let area: PlotFrame
  /// The rectangle with titles and labels.
  let outer: PlotFrame
  let horizontal: ClosedRange<Double>
  let vertical: ClosedRange<Double>
  let verticalTicks: AxisTicks
  /// The heading, broken into lines.
  let titleLines: [String]
  /// The names of the categories, broken into lines; empty for a numeric axis.
  let categoryLines: [[String]]
  /// The names of the phases, broken into lines.
  let phaseLines: [[String]]

  /// Room around the area.
  struct Insets {
    var top = 0.0
    var left = 0.0
    var bottom = 0.0
    var right = 0.0

    /// The larger of each side.
    func union(_ other: Insets) -> Insets {
      Insets(
        top: max(top, other.top), left: max(left, other.left), bottom: max(bottom, other.bottom),
        right: max(right, other.right))
    }
  }

  /// The room that `panel` needs for its words if it is about `width` × `height` in total.
  static func insets(
    of panel: Panel, width: Double, height: Double, on canvas: PlotCanvas
  ) -> Insets {
    var insets = Insets(top: 7, left: 0, bottom: PlotTheme.tick.lineHeight + 6, right: 12)
    if panel.isMap { insets = Insets(top: 3, left: 0, bottom: 3, right: 0) }
    let titleLines = titleLines(of: panel, width: width, on: canvas)
    if !titleLines.isEmpty { insets.top += Self.height(ofTitle: titleLines) + 2 }
    if !panel.y.title.isEmpty { insets.top += PlotTheme.axisTitle.lineHeight + 1 }
    if !panel.x.title.isEmpty { insets.bottom += PlotTheme.axisTitle.lineHeight + 4 }
    guard !panel.isMap else { return insets }
    let ticks = verticalTicks(of: panel, height: height - insets.top - insets.bottom)
    insets.left = 8 + (ticks.labels.map { canvas.width(of: $0, PlotTheme.tick) }.max() ?? 0)
    let names = panel.references.filter { $0.value.isFinite }.map {
      canvas.width(of: $0.name, PlotTheme.tick)
    }
    if let widest = names.max() { insets.right = widest + 10 }
    let areaWidth = width - insets.left - insets.right
    insets.top += Self.height(ofPhases: phaseLines(of: panel, width: areaWidth, on: canvas))
    let slot = areaWidth / Double(max(panel.categories.count, 1))
    let lines = panel.categories.map {
      canvas.wrap($0, PlotTheme.tick, width: slot * 0.94).count
    }
    insets.bottom += Double(max((lines.max() ?? 1) - 1, 0)) * PlotTheme.tick.lineHeight
    return insets
  }

  private static func titleLines(
    of panel: Panel, width: Double, on canvas: PlotCanvas
  ) -> [String] {
    canvas.wrap(panel.title, PlotTheme.panelTitle, width: width, dividesWords: true)
  }

  private static func height(ofTitle lines: [String]) -> Double {
    Double(lines.count) * PlotTheme.panelTitle.lineHeight
  }

  /// The room that the heading of a panel needs beyond a single line.
  static func additionalHeight(
    ofTitleOf panel: Panel, width: Double, on canvas: PlotCanvas
  ) -> Double {
    height(ofTitle: Array(titleLines(of: panel, width: width, on: canvas).dropFirst()))
  }

  /// The names of the phases, none of which may be wider than its part of an area of `width`.
  private static func phaseLines(
    of panel: Panel, width: Double, on canvas: PlotCanvas
  ) -> [[String]] {
    guard !panel.isMap else { return [] }
    let whole = panel.horizontalRange
    let scale = width / (whole.upperBound - whole.lowerBound)
    return panel.phases.map { phase in
      guard phase.range.overlaps(whole) else { return [] }
      let part = phase.range.clamped(to: whole)
      return canvas.wrap(
        phase.name, PlotTheme.tick,
        width: 0.94 * scale * (part.upperBound - part.lowerBound))
    }
  }

  private static func height(ofPhases lines: [[String]]) -> Double {
    Double(lines.map(\.count).max() ?? 0) * PlotTheme.tick.lineHeight
  }

  /// The room for the names of the phases above the area.
  var phaseHeight: Double { Self.height(ofPhases: phaseLines) }

  private static func verticalTicks(of panel: Panel, height: Double) -> AxisTicks {
    AxisTicks.legible(in: panel.verticalRange, about: max(3, Int(height / 48)))
  }

  /// The height at which a map of `width` fills its place.
  static func height(ofMap panel: Panel, width: Double, on canvas: PlotCanvas) -> Double {
    let insets = insets(of: panel, width: width, height: 0, on: canvas)
    return insets.top + insets.bottom + width * aspect(of: panel)
  }

  /// The height of a map in units of its width.
  private static func aspect(of panel: Panel) -> Double {
    let (x, y) = (panel.horizontalRange, panel.verticalRange)
    return (y.upperBound - y.lowerBound) / (x.upperBound - x.lowerBound)
  }

  init(_ panel: Panel, outer: PlotFrame, insets: Insets, on canvas: PlotCanvas) {
    self.panel = panel
    self.outer = outer
    var area = PlotFrame(
      minX: outer.minX + insets.left, minY: outer.minY + insets.top,
      maxX: max(outer.maxX - insets.right, outer.minX + insets.left + 1),
      maxY: max(outer.maxY - insets.bottom, outer.minY + insets.top + 1))
    if panel.isMap {
      let aspect = Self.aspect(of: panel)
      area.maxX = min(area.maxX, area.minX + area.height / aspect)
      area.maxY = min(area.maxY, area.minY + area.width * aspect)
    }
    self.area = area
    titleLines = Self.titleLines(of: panel, width: outer.width, on: canvas)
    horizontal = panel.horizontalRange
    vertical = panel.verticalRange
    verticalTicks = Self.verticalTicks(of: panel, height: area.height)
    let slot = area.width / Double(max(panel.categories.count, 1))
    categoryLines = panel.categories.map {
      canvas.wrap($0, PlotTheme.tick, width: slot * 0.94)
    }
    phaseLines = Self.phaseLines(of: panel, width: area.width, on: canvas)
  }

  /// As many round numbers along the horizontal axis as stand clear of each other, three if possible.
  func horizontalTicks(on canvas: PlotCanvas) -> AxisTicks {
    var count = max(2, Int(area.width / 84))
    while true {
      let ticks = AxisTicks.legible(in: horizontal, about: count)
      let widest = ticks.labels.map { canvas.width(of: $0, PlotTheme.tick) }.max() ?? 0
      let crowded = (widest + 14) * Double(ticks.values.count) > area.width + widest
      guard crowded else { return ticks }
      guard count > 1 else { return ticks.everySecond }
      count -= 1
    }
  }

  /// The place of a point of the data.
  func position(_ x: Double, _ y: Double) -> SIMD2<Double> {
    SIMD2(horizontalPosition(x), verticalPosition(y))
  }

  /// The place of a horizontal coordinate.
  func horizontalPosition(_ x: Double) -> Double {
    bounded(area.minX + area.width * fraction(of: x, in: horizontal))
  }

  /// The place of a vertical coordinate.
  func verticalPosition(_ y: Double) -> Double {
    bounded(area.maxY - area.height * fraction(of: y, in: vertical))
  }

  private func fraction(of value: Double, in range: ClosedRange<Double>) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// Cairo counts in 24-bit whole points; what lies far outside is cut off anyway.
  private func bounded(_ coordinate: Double) -> Double { min(max(coordinate, -20_000), 20_000) }
}
