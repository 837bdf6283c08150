import Glibc
import Scenes

/// Draws the visible panels of a dashboard below each other.
struct DashboardDrawing {
  private static let titleHeight = 20.0
  private static let gap = 8.0
  /// Of a panel with its title; less would show nothing.
  private static let smallestHeight = titleHeight + 24

  private let panels: [(number: Int, panel: Dashboard.Panel)]

  init(_ dashboard: Dashboard) {
    panels = dashboard.panels.enumerated().filter { $1.isVisible }.map { ($0 + 1, $1) }
  }

  var isEmpty: Bool { panels.isEmpty }

  /// Draws as many panels as there is room for, from the first, and says how many are left.
  func draw(in frame: PlotFrame, on canvas: PlotCanvas) {
    var (frame, shown) = (frame, panels[...])
    func room() -> Int { Int((frame.height + Self.gap) / (Self.smallestHeight + Self.gap)) }
    if room() < panels.count {
      let bottom = frame.maxY
      frame.maxY -= Self.titleHeight
      shown = panels.prefix(room())
      canvas.text(
        "\(panels.count - shown.count) more; hide some to see others", x: frame.minX, y: bottom,
        PlotTheme.tick, PlotTheme.muted)
    }
    let height = (frame.height + Self.gap) / Double(max(shown.count, 1)) - Self.gap
    for (index, (number, panel)) in shown.enumerated() {
      let top = frame.minY + Double(index) * (height + Self.gap)
      let area = PlotFrame(
        minX: frame.minX, minY: top + Self.titleHeight, maxX: frame.maxX, maxY: top + height)
      let words = draw(panel.content, in: area, on: canvas)
      let title = "\(number)  \(panel.name)"
      let baseline = area.minY - 6
      canvas.text(title, x: frame.minX, y: baseline, PlotTheme.panelTitle, PlotTheme.ink)
      var x = frame.minX + canvas.width(of: title, PlotTheme.panelTitle) + 12
      for word in words {
        canvas.text(word.text, x: x, y: baseline, PlotTheme.tick, word.color)
        x += canvas.width(of: word.text, PlotTheme.tick) + 8
      }
    }
  }

  /// Words that stand beside the title.
  private typealias Words = [(text: String, color: Color)]

  private func draw(
    _ content: Dashboard.Content, in area: PlotFrame, on canvas: PlotCanvas
  ) -> Words {
    canvas.fill(area, PlotTheme.background)
    switch content {
    case .curves(let history, let names):
      drawCurves(history, in: area, on: canvas)
      return names.enumerated().map { ($1, Self.color($0)) }
    case .raster(let history):
      drawRaster(history, in: area, on: canvas)
      return [("\(history.rows) units", PlotTheme.muted)]
    case .matrix(let numbers, let columns):
      HeatMap.draw(NumberGrid(numbers, columns: columns), in: area, on: canvas)
      return numbers.isEmpty
        ? [] : [("\(numbers.count / columns) × \(columns)", PlotTheme.muted)]
    }
  }

  private static func color(_ index: Int) -> Color { Color.palette[index % Color.palette.count] }

  // MARK: Curves

  private func drawCurves(_ history: History, in area: PlotFrame, on canvas: PlotCanvas) {
    let curves = (0..<history.rows).map { row in
      (0..<history.count).map { Double(history[row, $0]) }
    }
    let finite = curves.joined().filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return }
    let margin = high > low ? 0.06 * (high - low) : max(abs(high), 1e-6) / 2
    let (bottom, top) = (low - margin, high + margin)
    func y(_ value: Double) -> Double {
      area.maxY - (value - bottom) / (top - bottom) * area.height
    }
    if bottom < 0 && top > 0 {
      canvas.stroke(
        [SIMD2(area.minX, y(0)), SIMD2(area.maxX, y(0))], PlotTheme.zero, width: 1)
    }
    drawMarks(of: history, in: area, on: canvas)
    for (index, curve) in curves.enumerated() {
      for part in curve.indices.split(whereSeparator: { !curve[$0].isFinite }) {
        let points = part.map { SIMD2(Self.x($0, of: history, in: area), y(curve[$0])) }
        canvas.stroke(points, Self.color(index), width: 1.5)
      }
    }
    let labels = [(high, area.minY + 11), (low, area.maxY - 4)]
    for (value, baseline) in high > low ? labels : [(low, area.center.y + 14)] {
      canvas.text(
        Self.short(value), x: area.minX + 4, y: baseline, PlotTheme.tick, PlotTheme.secondary,
        hasHalo: true)
    }
  }

  /// The place of a column; the present is at the right edge.
  private static func x(_ column: Int, of history: History, in area: PlotFrame) -> Double {
    area.maxX - (Double(history.count - column) - 0.5) / Double(History.length) * area.width
  }

  private func drawMarks(of history: History, in area: PlotFrame, on canvas: PlotCanvas) {
    for column in history.marks {
      let x =
        (Self.x(column, of: history, in: area) + Self.x(column + 1, of: history, in: area)) / 2
      canvas.stroke(
        [SIMD2(x, area.minY), SIMD2(x, area.maxY)], PlotTheme.axis, width: 1, dash: [3, 3])
    }
  }

  /// A number with four digits that matter.
  private static func short(_ value: Double) -> String {
    guard value != 0, abs(value) < 1e6 else { return value == 0 ? "0" : "\(Float(value))" }
    let decimals = 3 - Int(log10(abs(value)).rounded(.down))
    let scale = pow(10, Double(min(max(decimals, 0), 300)))
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  // MARK: Rasters

  private func drawRaster(_ history: History, in area: PlotFrame, on canvas: PlotCanvas) {
    guard history.count > 0, history.rows > 0 else { return }
    var numbers: [Float] = []
    numbers.reserveCapacity(history.rows * history.count)
    for row in 0..<history.rows {
      for column in 0..<history.count { numbers.append(history[row, column]) }
    }
    var part = area
    part.minX = area.maxX - Double(history.count) / Double(History.length) * area.width
    HeatMap.draw(NumberGrid(numbers, columns: history.count), in: part, on: canvas)
    drawMarks(of: history, in: area, on: canvas)
  }
}
