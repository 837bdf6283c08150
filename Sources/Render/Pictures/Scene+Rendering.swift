import Scenes

extension Scene {
  /// Writes a picture of the scene to `path`; its extension, `.png` or `.svg`, says how.
  ///
  /// The file appears at once, complete: it is written beside `path` and then renamed.
  ///
  /// - Parameters:
  ///   - path: The file; its folder must exist.
  ///   - width: The width in points; the height follows from the view.
  ///   - scale: Pixels a point, for PNG.
  /// - Throws: ``PlotError`` with the path and the reason.
  public func render(
    to path: String, width: Double = 480, scale: Double = 2
  ) throws(PlotError) {
    try picture(width: width).render(to: path, scale: scale)
  }

  /// The bytes of a picture of the scene. The same scene gives the same bytes on one machine.
  ///
  /// - Throws: ``PlotError`` if a number of the scene is not finite, a length not positive, or the
  ///   picture has no sensible size.
  public func encoded(
    as format: PlotFormat, width: Double = 480, scale: Double = 2
  ) throws(PlotError) -> [UInt8] {
    try picture(width: width).encoded(as: format, scale: scale)
  }

  private func picture(width: Double) throws(PlotError) -> Picture {
    guard isDrawable else {
      throw PlotError(reason: "a number of the scene is not finite, or a length not positive")
    }
    let height = width / view.width * view.height
    let drawing = SceneDrawing(self, in: PlotFrame(minX: 0, minY: 0, maxX: width, maxY: height))
    return Picture(size: SIMD2(width, height)) { canvas in
      // The last row of pixels may lie partly beyond the size.
      canvas.fill(PlotFrame(minX: 0, minY: 0, maxX: width + 1, maxY: height + 1), background)
      drawing.draw(on: canvas)
    }
  }
}

/// Draws a scene on a canvas.
struct SceneDrawing {
  /// Pieces of different opacity that a trace is drawn in.
  private static let traceSteps = 24

  private let scene: Scene
  private let pointsPerUnit: Double
  /// Where the view stands on the canvas.
  private let area: PlotFrame

  /// `scene` as large as it fits into the middle of `frame`.
  init(_ scene: Scene, in frame: PlotFrame) {
    self.scene = scene
    pointsPerUnit = min(frame.width / scene.view.width, frame.height / scene.view.height)
    let half = pointsPerUnit / 2 * SIMD2(scene.view.width, scene.view.height)
    area = PlotFrame(
      minX: frame.center.x - half.x, minY: frame.center.y - half.y,
      maxX: frame.center.x + half.x, maxY: frame.center.y + half.y)
  }

  func draw(on canvas: PlotCanvas) {
    canvas.clipped(to: area) {
      canvas.fill(area, scene.background)
      for shape in scene.shapes { draw(shape, on: canvas) }
    }
  }

  private func draw(_ shape: Shape, on canvas: PlotCanvas) {
    switch shape {
    case .polygon(let corners, let fill):
      canvas.fill(polygon: corners.map(place), fill)
    case .disc(let center, let radius, let fill):
      canvas.disc(place(center), radius: radius * pointsPerUnit, fill)
    case .line(let points, let width, let color, let dash):
      canvas.stroke(
        points.map(place), color, width: width * pointsPerUnit,
        dash: dash.map { $0 * pointsPerUnit })
    case .trace(let points, let width, let color):
      drawTrace(points.map(place), width: width * pointsPerUnit, color, on: canvas)
    case .label(let text, let position, let height, let color, let anchor):
      let point = place(position)
      canvas.text(
        text, x: point.x, y: point.y, PlotFont(size: height * pointsPerUnit), color,
        anchor.alignment)
    }
  }

  private func drawTrace(
    _ points: [SIMD2<Double>], width: Double, _ color: Color, on canvas: PlotCanvas
  ) {
    let lines = points.count - 1
    let steps = min(Self.traceSteps, max(lines, 0))
    for step in 0..<steps {
      let part = points[step * lines / steps...(step + 1) * lines / steps]
      let strength = Double(step + 1) / Double(steps)
      canvas.stroke(
        Array(part), color.withOpacity(color.opacity * strength), width: width, isRound: false)
    }
  }

  /// Where a point of the scene stands on the canvas, whose y grows downwards.
  private func place(_ point: SIMD2<Double>) -> SIMD2<Double> {
    let fromCenter = pointsPerUnit * (point - scene.view.center)
    return SIMD2(area.center.x + fromCenter.x, area.center.y - fromCenter.y)
  }
}

extension TextAnchor {
  fileprivate var alignment: PlotCanvas.Alignment {
    switch self {
    case .left: .left
    case .center: .center
    case .right: .right
    }
  }
}
