import Scenes

/// One moment of a watched environment: its scene, the visible panels of a dashboard beside it, a line
/// of text above and one below.
public struct SceneFrame: Sendable {
  /// What the environment looks like, nil where it has no looks.
  public var scene: Scene?
  /// What environment and agent show of themselves.
  public var dashboard: Dashboard
  /// The line above: what is seen.
  public var caption: String
  /// The line below: how it is shown.
  public var status: String
  /// Lines that cover the middle, such as a list of keys: what stands left, and right.
  public var notice: [(left: String, right: String)] = []

  /// A moment.
  public init(scene: Scene?, dashboard: Dashboard, caption: String, status: String = "") {
    self.scene = scene
    self.dashboard = dashboard
    self.caption = caption
    self.status = status
  }

  /// The bytes of a PNG file with a picture of `width` × `height` points, `scale` pixels each.
  ///
  /// - Throws: ``PlotError`` for a size that makes no sense.
  public func png(width: Int = 960, height: Int = 640, scale: Double = 2) throws(PlotError)
    -> [UInt8]
  {
    try Picture(size: SIMD2(Double(width), Double(height))) { draw(on: $0, width, height) }
      .encoded(as: .png, scale: scale)
  }

  /// Draws the frame over `width` × `height` points of a canvas.
  func draw(on canvas: PlotCanvas, _ width: Int, _ height: Int) {
    let whole = PlotFrame(minX: 0, minY: 0, maxX: Double(width), maxY: Double(height))
    canvas.fill(whole, FrameTheme.background)
    let margin = FrameTheme.margin
    canvas.text(
      caption, x: margin, y: FrameTheme.header - 10, FrameTheme.caption, PlotTheme.ink)
    canvas.text(
      status, x: margin, y: whole.maxY - 8, FrameTheme.status, PlotTheme.secondary)
    let body = PlotFrame(
      minX: margin, minY: FrameTheme.header, maxX: max(whole.maxX - margin, margin + 1),
      maxY: max(whole.maxY - FrameTheme.footer, FrameTheme.header + 1))
    drawBody(in: body, on: canvas)
    if !notice.isEmpty { drawNotice(in: body, on: canvas) }
  }

  private func drawBody(in body: PlotFrame, on canvas: PlotCanvas) {
    let drawing = DashboardDrawing(dashboard)
    // A number that is not finite must not take the window down with it.
    guard let scene, scene.isDrawable else {
      drawing.draw(in: body, on: canvas)
      return
    }
    var place = body
    if !drawing.isEmpty {
      var side = body
      side.minX = body.maxX - max(220, 0.36 * body.width)
      place.maxX = side.minX - FrameTheme.margin
      drawing.draw(in: side, on: canvas)
    }
    if place.width > 1 { SceneDrawing(scene, in: place).draw(on: canvas) }
  }

  private func drawNotice(in body: PlotFrame, on canvas: PlotCanvas) {
    let font = FrameTheme.notice
    let left = notice.map { canvas.width(of: $0.left, font) }.max() ?? 0
    let right = notice.map { canvas.width(of: $0.right, font) }.max() ?? 0
    let half =
      SIMD2(left + 20 + right, Double(notice.count) * font.lineHeight) / 2 + SIMD2(18, 14)
    let frame = PlotFrame(
      minX: body.center.x - half.x, minY: body.center.y - half.y,
      maxX: body.center.x + half.x, maxY: body.center.y + half.y)
    canvas.fill(frame, PlotTheme.ink.withOpacity(0.9))
    var y = frame.minY + 14 + font.size
    for line in notice {
      canvas.text(line.left, x: frame.minX + 18, y: y, font, .sky)
      canvas.text(line.right, x: frame.minX + 38 + left, y: y, font, .white)
      y += font.lineHeight
    }
  }
}

/// The sizes and colours of frames.
enum FrameTheme {
  static let background = Color(0xF6F7F9)
  static let margin = 12.0
  static let header = 32.0
  static let footer = 26.0
  static let caption = PlotFont(size: 13, isBold: true)
  static let status = PlotFont(size: 11)
  static let notice = PlotFont(size: 13)
}
