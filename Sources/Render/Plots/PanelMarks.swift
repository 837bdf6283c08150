import Scenes

extension PanelLayout {
  /// Draws the series: images, then bands, then bars, then lines, then points, then arrows.
  func drawMarks(_ styles: SeriesStyles, on canvas: PlotCanvas) {
    // A stroke along an end of the axis keeps its full width.
    let frame = PlotFrame(
      minX: area.minX - 4, minY: area.minY - 4, maxX: area.maxX + 4, maxY: area.maxY + 4)
    canvas.clipped(to: panel.x.range == nil && panel.y.range == nil ? frame : area) {
      for series in panel.series {
        guard case .image(let pixels, let columns) = series.mark else { continue }
        drawImage(pixels, columns: columns, on: canvas)
      }
      for series in panel.series {
        guard case .band(let x, let lower, let upper) = series.mark else { continue }
        drawBand(x, lower, upper, styles.style(of: series), on: canvas)
      }
      drawBars(styles, on: canvas)
      for series in panel.series {
        guard case .line(let x, let y, let width) = series.mark else { continue }
        drawLine(x, y, width: width, styles.style(of: series), on: canvas)
      }
      for series in panel.series {
        guard case .points(let x, let y, let radius) = series.mark else { continue }
        let color = styles.style(of: series).color
        for (x, y) in zip(x, y) where x.isFinite && y.isFinite {
          canvas.disc(position(x, y), radius: radius, color, rim: 0.6)
        }
      }
      for series in panel.series {
        guard case .arrow(let tail, let tip, let width) = series.mark else { continue }
        drawArrow(
          from: position(tail.x, tail.y), to: position(tip.x, tip.y), width: width,
          styles.style(of: series).color, on: canvas)
      }
    }
  }

  /// Draws an image as rectangles, so that equal figures are equal files and stay sharp when enlarged.
  private func drawImage(_ pixels: [Float], columns: Int, on canvas: PlotCanvas) {
    let (x, y) = (AxisRange.image(columns), AxisRange.image(pixels.count / columns))
    let map = HeatMap(pixels)
    // Neighbours overlap a little, or the ground would shine through between them.
    let overlap = 0.25
    for (index, number) in pixels.enumerated() {
      let color = map.pixel(number)
      guard color != HeatMap.white else { continue }
      let left = x.lowerBound + Double(index % columns)
      let top = y.upperBound - Double(index / columns)
      canvas.fill(
        PlotFrame(
          minX: horizontalPosition(left), minY: verticalPosition(top),
          maxX: horizontalPosition(left + 1) + overlap, maxY: verticalPosition(top - 1) + overlap),
        Color(color))
    }
  }

  /// Draws an arrow on a white ground, which sets it off from an image.
  private func drawArrow(
    from tail: SIMD2<Double>, to tip: SIMD2<Double>, width: Double, _ color: Color,
    on canvas: PlotCanvas
  ) {
    let line = tip - tail
    let length = (line * line).sum().squareRoot()
    guard length > 0 else { return }
    let ahead = line / length
    let side = SIMD2(-ahead.y, ahead.x)
    let size = min(4 * width, length)
    let neck = tip - size * ahead
    let head = [tip, neck + 0.5 * size * side, neck - 0.5 * size * side]
    canvas.stroke([tail, neck], PlotTheme.background, width: width + 2)
    canvas.stroke(head + [tip], PlotTheme.background, width: 2)
    canvas.stroke([tail, neck], color, width: width)
    canvas.fill(polygon: head, color)
  }

  private func drawLine(
    _ x: [Double], _ y: [Double], width: Double, _ style: SeriesStyles.Style,
    on canvas: PlotCanvas
  ) {
    for run in Polyline.runs(positions(x, y)) {
      if run.count == 1 {
        canvas.disc(run[0], radius: max(width, 1.2), style.color)
      } else {
        canvas.stroke(Polyline.thinned(run), style.color, width: width, dash: style.dash)
      }
    }
  }

  private func drawBand(
    _ x: [Double], _ lower: [Double], _ upper: [Double], _ style: SeriesStyles.Style,
    on canvas: PlotCanvas
  ) {
    let count = min(x.count, lower.count, upper.count)
    let isDrawn = (0..<count).map {
      x[$0].isFinite && lower[$0].isFinite && upper[$0].isFinite
    }
    var start = 0
    while start < count {
      guard isDrawn[start] else {
        start += 1
        continue
      }
      var end = start
      while end < count, isDrawn[end] { end += 1 }
      let above = (start..<end).map { position(x[$0], upper[$0]) }
      let below = (start..<end).map { position(x[$0], lower[$0]) }
      if end - start == 1 {
        canvas.stroke([above[0], below[0]], style.color, width: 6)
      } else {
        canvas.fill(
          polygon: Polyline.thinned(above) + Polyline.thinned(below).reversed(), style.color)
      }
      start = end
    }
  }

  /// The bars of all series side by side, with whiskers and the values at their ends.
  private func drawBars(_ styles: SeriesStyles, on canvas: PlotCanvas) {
    let all = panel.series.filter { if case .bars = $0.mark { true } else { false } }
    guard !all.isEmpty else { return }
    let slot = horizontalPosition(1) - horizontalPosition(0)
    let group = min(slot * (all.count == 1 ? 0.58 : 0.76), 76 * Double(all.count))
    let pitch = group / Double(all.count)
    for (i, series) in all.enumerated() {
      guard case .bars(let values, let intervals) = series.mark else { continue }
      let color = styles.style(of: series).color
      let labels = valueLabels(values)
      for (j, value) in values.enumerated() where value.isFinite {
        let left = horizontalPosition(Double(j)) - group / 2 + Double(i) * pitch
        let width = max(pitch - (all.count == 1 ? 0 : 2), 0.5)
        let (end, zero) = (verticalPosition(value), verticalPosition(0))
        canvas.fill(
          PlotFrame(minX: left, minY: min(end, zero), maxX: left + width, maxY: max(end, zero)),
          color)
        var tip = end
        if let intervals, j < intervals.count, intervals[j].lowerBound.isFinite,
          intervals[j].upperBound.isFinite
        {
          drawWhisker(intervals[j], x: left + width / 2, width: min(width * 0.3, 10), on: canvas)
          let far = value < 0 ? intervals[j].lowerBound : intervals[j].upperBound
          tip = value < 0 ? max(end, verticalPosition(far)) : min(end, verticalPosition(far))
        }
        guard canvas.width(of: labels[j], PlotTheme.barLabel) < pitch + 4 else { continue }
        canvas.text(
          labels[j], x: left + width / 2,
          y: value < 0 ? tip + PlotTheme.barLabel.size + 3 : tip - 4.5, PlotTheme.barLabel,
          PlotTheme.secondary, .center, hasHalo: true)
      }
    }
  }

  private func drawWhisker(
    _ interval: ClosedRange<Double>, x: Double, width: Double, on canvas: PlotCanvas
  ) {
    let top = verticalPosition(interval.upperBound)
    let bottom = verticalPosition(interval.lowerBound)
    let ink = PlotTheme.ink.withOpacity(0.85)
    canvas.stroke([SIMD2(x, top), SIMD2(x, bottom)], ink, width: 1.2)
    for y in [top, bottom] {
      canvas.stroke([SIMD2(x - width / 2, y), SIMD2(x + width / 2, y)], ink, width: 1.2)
    }
  }

  private func positions(_ x: [Double], _ y: [Double]) -> [SIMD2<Double>] {
    zip(x, y).map { x, y in
      x.isFinite && y.isFinite ? position(x, y) : SIMD2(repeating: .nan)
    }
  }
}
