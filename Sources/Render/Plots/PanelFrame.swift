import Scenes

extension PanelLayout {
  /// Draws the panel with everything in it.
  func draw(_ styles: SeriesStyles, on canvas: PlotCanvas) {
    drawTitles(on: canvas)
    guard !panel.isMap else {
      drawMarks(styles, on: canvas)
      drawFrame(on: canvas)
      return
    }
    drawGrid(on: canvas)
    drawPhases(on: canvas)
    drawReferences(on: canvas)
    drawVerticalMarks(on: canvas)
    drawMarks(styles, on: canvas)
    drawNamesOfVerticalMarks(on: canvas)
    drawBaseline(on: canvas)
  }

  private func drawTitles(on canvas: PlotCanvas) {
    var y = outer.minY + PlotTheme.panelTitle.size
    for line in titleLines {
      canvas.text(line, x: outer.minX, y: y, PlotTheme.panelTitle, PlotTheme.ink)
      y += PlotTheme.panelTitle.lineHeight
    }
    y = area.minY - 10 - phaseHeight
    if !panel.y.title.isEmpty {
      canvas.text(panel.y.title, x: outer.minX, y: y, PlotTheme.axisTitle, PlotTheme.secondary)
    }
    if !panel.x.title.isEmpty {
      canvas.text(
        panel.x.title, x: (area.minX + area.maxX) / 2, y: outer.maxY - 3, PlotTheme.axisTitle,
        PlotTheme.secondary, .center)
    }
  }

  /// A thin line around a map.
  private func drawFrame(on canvas: PlotCanvas) {
    let corners = [
      SIMD2(area.minX, area.minY), SIMD2(area.maxX, area.minY), SIMD2(area.maxX, area.maxY),
      SIMD2(area.minX, area.maxY), SIMD2(area.minX, area.minY),
    ]
    canvas.stroke(corners, PlotTheme.axis, width: 1)
  }

  private func drawGrid(on canvas: PlotCanvas) {
    for (value, label) in zip(verticalTicks.values, verticalTicks.labels) {
      let y = verticalPosition(value)
      canvas.stroke(
        [SIMD2(area.minX, y), SIMD2(area.maxX, y)], PlotTheme.grid, width: 1)
      canvas.text(
        label, x: area.minX - 8, y: y + PlotTheme.tick.size * 0.36, PlotTheme.tick,
        PlotTheme.secondary, .right)
    }
    if let zeroLine {
      canvas.stroke(
        [SIMD2(area.minX, zeroLine), SIMD2(area.maxX, zeroLine)], PlotTheme.zero, width: 1)
    }
  }

  /// The height of zero, if it lies clear of the lower end.
  private var zeroLine: Double? {
    vertical.lowerBound < 0 && vertical.upperBound >= 0 ? verticalPosition(0) : nil
  }

  private func drawBaseline(on canvas: PlotCanvas) {
    if zeroLine == nil || categoryLines.isEmpty {
      canvas.stroke(
        [SIMD2(area.minX, area.maxY), SIMD2(area.maxX, area.maxY)], PlotTheme.axis, width: 1)
    } else if let zeroLine {
      canvas.stroke(
        [SIMD2(area.minX, zeroLine), SIMD2(area.maxX, zeroLine)], PlotTheme.axis, width: 1)
    }
    let baseline = area.maxY + PlotTheme.tick.size + 8
    guard categoryLines.isEmpty else {
      for (i, lines) in categoryLines.enumerated() {
        for (j, line) in lines.enumerated() {
          canvas.text(
            line, x: horizontalPosition(Double(i)),
            y: baseline + Double(j) * PlotTheme.tick.lineHeight, PlotTheme.tick,
            PlotTheme.secondary, .center)
        }
      }
      return
    }
    let ticks = horizontalTicks(on: canvas)
    for (value, label) in zip(ticks.values, ticks.labels) {
      let x = horizontalPosition(value)
      canvas.stroke([SIMD2(x, area.maxY), SIMD2(x, area.maxY + 4)], PlotTheme.axis, width: 1)
      canvas.text(label, x: x, y: baseline, PlotTheme.tick, PlotTheme.secondary, .center)
    }
  }

  /// Thin lines where phases meet, and their names above the area.
  private func drawPhases(on canvas: PlotCanvas) {
    let ends = Set(panel.phases.flatMap { [$0.range.lowerBound, $0.range.upperBound] })
    for end in ends.sorted() where end > horizontal.lowerBound && end < horizontal.upperBound {
      let x = horizontalPosition(end)
      canvas.stroke([SIMD2(x, area.minY), SIMD2(x, area.maxY)], PlotTheme.axis, width: 1)
    }
    for (phase, lines) in zip(panel.phases, phaseLines) where !lines.isEmpty {
      let part = phase.range.clamped(to: horizontal)
      let x = (horizontalPosition(part.lowerBound) + horizontalPosition(part.upperBound)) / 2
      for (i, line) in lines.reversed().enumerated() {
        canvas.text(
          line, x: x, y: area.minY - 5 - Double(i) * PlotTheme.tick.lineHeight, PlotTheme.tick,
          PlotTheme.secondary, .center)
      }
    }
  }

  /// Dashed lines with names in the right margin, moved apart where they would overlap.
  private func drawReferences(on canvas: PlotCanvas) {
    let shown = panel.references
      .filter { $0.value.isFinite && vertical.contains($0.value) }
      .sorted { $0.value > $1.value }
    let names = Self.spread(
      shown.map { verticalPosition($0.value) }, gap: PlotTheme.tick.size + 2.5,
      within: area.minY...area.maxY)
    for (reference, labelY) in zip(shown, names) {
      let y = verticalPosition(reference.value)
      let color = reference.color ?? PlotTheme.reference
      canvas.stroke(
        [SIMD2(area.minX, y), SIMD2(area.maxX, y)], color, width: 1.2, dash: [5, 3.5])
      if abs(labelY - y) > 1 {
        canvas.stroke(
          [SIMD2(area.maxX + 1, y), SIMD2(area.maxX + 5.5, labelY)], color.withOpacity(0.6),
          width: 0.8)
      }
      canvas.text(
        reference.name, x: area.maxX + 8, y: labelY + PlotTheme.tick.size * 0.36, PlotTheme.tick,
        color)
    }
  }

  /// The marks within the panel, from the left.
  private var shownMarks: [VerticalMark] {
    panel.marks.filter { horizontal.contains($0.value) }.sorted { $0.value < $1.value }
  }

  private func drawVerticalMarks(on canvas: PlotCanvas) {
    for mark in shownMarks {
      let x = horizontalPosition(mark.value)
      canvas.stroke(
        [SIMD2(x, area.minY), SIMD2(x, area.maxY)], PlotTheme.reference, width: 1.2,
        dash: [5, 3.5])
    }
  }

  /// Names to the right of their lines, or to the left where there is no room; below one another where
  /// they would overlap.
  private func drawNamesOfVerticalMarks(on canvas: PlotCanvas) {
    let gap = 4.0
    var ends: [Double] = []
    for mark in shownMarks where !mark.name.isEmpty {
      let width = canvas.width(of: mark.name, PlotTheme.tick)
      let line = horizontalPosition(mark.value)
      let start = line + gap + width > area.maxX ? line - gap - width : line + gap
      let row = ends.firstIndex { $0 + gap <= start } ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = start + width
      let height = area.minY + PlotTheme.tick.size + Double(row) * PlotTheme.tick.lineHeight
      canvas.text(
        mark.name, x: start, y: height, PlotTheme.tick, PlotTheme.reference, hasHalo: true)
    }
  }

  /// Ascending `places` moved as little as needed to lie `gap` apart inside `range`.
  static func spread(
    _ places: [Double], gap: Double, within range: ClosedRange<Double>
  ) -> [Double] {
    // Clusters of touching labels grow until none touches the next.
    var clusters: [(center: Double, count: Int)] = []
    for place in places {
      clusters.append((place, 1))
      while let last = clusters.last {
        let half = Double(last.count) * gap / 2
        let low = range.lowerBound - gap / 2 + half
        let high = max(range.upperBound + gap / 2 - half, low)
        clusters[clusters.count - 1].center = min(max(last.center, low), high)
        guard clusters.count > 1 else { break }
        let (a, b) = (clusters[clusters.count - 2], clusters[clusters.count - 1])
        let distance = Double(a.count + b.count) * gap / 2
        guard b.center - a.center < distance - 1e-9 else { break }
        let count = a.count + b.count
        let center = (a.center * Double(a.count) + b.center * Double(b.count)) / Double(count)
        clusters.removeLast(2)
        clusters.append((center, count))
      }
    }
    return clusters.flatMap { cluster in
      (0..<cluster.count).map {
        cluster.center + (Double($0) - Double(cluster.count - 1) / 2) * gap
      }
    }
  }
}
