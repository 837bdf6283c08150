import CCairo
import Glibc

/// A file format of figures and scenes.
public enum PlotFormat: String, Sendable, CaseIterable {
  /// Pixels, two for each point unless told otherwise.
  case png
  /// Shapes; letters become outlines, so the picture looks the same everywhere.
  case svg

  /// The format that the extension of `path` names, `.png` or `.svg`.
  init(ofFile path: String) throws(PlotError) {
    let name = path.split(separator: "/").last ?? ""
    let suffix = name.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? ""
    guard let format = PlotFormat(rawValue: suffix) else {
      throw PlotError(path: path, reason: "the name must end in .png or .svg")
    }
    self = format
  }
}

/// Something that can be drawn on a canvas of a given size, as the bytes of a file.
struct Picture {
  /// Width and height in points.
  let size: SIMD2<Double>
  /// Draws everything, the background first.
  let draw: (PlotCanvas) -> Void

  /// The bytes of the picture as a file. The same picture gives the same bytes on one machine.
  ///
  /// - Parameter scale: Pixels a point, for PNG.
  /// - Throws: ``PlotError`` if the picture has no sensible size or Cairo fails.
  func encoded(as format: PlotFormat, scale: Double) throws(PlotError) -> [UInt8] {
    guard size.x.isFinite, size.y.isFinite, min(size.x, size.y) >= 1,
      max(size.x, size.y) <= 10_000, scale > 0, max(size.x, size.y) * scale <= 30_000
    else {
      throw PlotError(reason: "a size of \(size.x) × \(size.y) points at scale \(scale)")
    }
    switch format {
    case .svg:
      let output = ByteSink()
      defer { withExtendedLifetime(output) {} }
      let surface = cairo_svg_surface_create_for_stream(
        ByteSink.append, Unmanaged.passUnretained(output).toOpaque(), size.x, size.y)
      defer { cairo_surface_destroy(surface) }
      cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX)
      try draw(on: surface)
      cairo_surface_finish(surface)
      try PlotError.check(cairo_surface_status(surface))
      return Self.withoutSurfaceNumber(output.bytes)
    case .png:
      let image = try PixelImage(
        width: Int((size.x * scale).rounded(.up)), height: Int((size.y * scale).rounded(.up)))
      try image.draw(scale: scale, draw)
      return try image.png()
    }
  }

  /// What `body` gives for a canvas that is only measured on.
  static func measuring<Result>(_ body: (PlotCanvas) -> Result) throws(PlotError) -> Result {
    let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1)
    defer { cairo_surface_destroy(surface) }
    guard let surface else { throw PlotError(reason: "out of memory") }
    return body(PlotCanvas(surface: surface, scale: 1))
  }

  /// Writes the picture to `path`; its extension, `.png` or `.svg`, says how.
  ///
  /// The file appears at once, complete: it is written beside `path` and then renamed.
  ///
  /// - Throws: ``PlotError`` with the path and the reason.
  func render(to path: String, scale: Double) throws(PlotError) {
    let format = try PlotFormat(ofFile: path)
    let bytes: [UInt8]
    do {
      bytes = try encoded(as: format, scale: scale)
    } catch {
      throw PlotError(path: path, reason: error.reason)
    }
    try Self.write(bytes, to: path)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(PlotError) {
    let partial = path + ".partial"
    guard let file = fopen(partial, "wb") else { throw failure(path) }
    let count = fwrite(bytes, 1, bytes.count, file)
    let writeError = errno
    guard fclose(file) == 0, count == bytes.count else {
      let reason = count == bytes.count ? errno : writeError
      remove(partial)
      throw failure(path, reason)
    }
    guard rename(partial, path) == 0 else {
      let reason = errno
      remove(partial)
      throw failure(path, reason)
    }
  }

  private func draw(on surface: OpaquePointer?) throws(PlotError) {
    try PlotError.check(cairo_surface_status(surface))
    guard let surface else { throw PlotError(reason: "out of memory") }
    let canvas = PlotCanvas(surface: surface, scale: 1)
    draw(canvas)
    if let problem = canvas.problem { throw PlotError(reason: problem) }
  }

  /// Cairo numbers its surfaces through the life of the process and writes the number into the
  /// file, where nothing refers to it.
  private static func withoutSurfaceNumber(_ svg: [UInt8]) -> [UInt8] {
    let marker = Array("<g id=\"surface".utf8)
    guard
      let start = svg.indices.first(where: { svg[$0...].starts(with: marker) }),
      let end = svg[(start + marker.count)...].firstIndex(of: UInt8(ascii: "\""))
    else { return svg }
    return svg[..<start] + Array("<g id=\"figure".utf8) + svg[end...]
  }

  private static func failure(_ path: String, _ code: Int32 = errno) -> PlotError {
    PlotError(path: path, reason: String(cString: strerror(code)))
  }
}
