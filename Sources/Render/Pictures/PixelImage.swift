import CCairo

/// Pixels in memory that pictures are drawn on: 32 bits each, from the least significant byte blue,
/// green, red and one that means nothing.
final class PixelImage {
  /// Pixels of a row.
  let width: Int
  /// Rows of pixels.
  let height: Int
  private let surface: OpaquePointer

  /// A black image.
  ///
  /// - Throws: ``PlotError`` for a size that makes no sense or a lack of memory.
  init(width: Int, height: Int) throws(PlotError) {
    guard min(width, height) >= 1, max(width, height) <= 30_000 else {
      throw PlotError(reason: "an image of \(width) × \(height) pixels")
    }
    self.width = width
    self.height = height
    guard
      let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
    else { throw PlotError(reason: "out of memory") }
    self.surface = surface
    try PlotError.check(cairo_surface_status(surface))
  }

  deinit { cairo_surface_destroy(surface) }

  /// Bytes from one row to the next.
  var bytesPerRow: Int { Int(cairo_image_surface_get_stride(surface)) }

  /// Draws what `body` draws, `scale` pixels a point.
  func draw(scale: Double, _ body: (PlotCanvas) -> Void) throws(PlotError) {
    let canvas = PlotCanvas(surface: surface, scale: scale)
    body(canvas)
    if let problem = canvas.problem { throw PlotError(reason: problem) }
  }

  /// Lends the pixels, row after row.
  func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    cairo_surface_flush(surface)
    return try body(
      UnsafeRawBufferPointer(
        start: cairo_image_surface_get_data(surface), count: bytesPerRow * height))
  }

  /// The image as the bytes of a PNG file.
  func png() throws(PlotError) -> [UInt8] {
    let output = ByteSink()
    defer { withExtendedLifetime(output) {} }
    try PlotError.check(
      cairo_surface_write_to_png_stream(
        surface, ByteSink.append, Unmanaged.passUnretained(output).toOpaque()))
    return output.bytes
  }
}

/// Collects what Cairo writes.
final class ByteSink {
  var bytes: [UInt8] = []

  static let append: cairo_write_func_t = { closure, data, count in
    guard let closure else { return CAIRO_STATUS_WRITE_ERROR }
    let sink = Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
    sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
    return CAIRO_STATUS_SUCCESS
  }
}

extension PlotError {
  /// Throws what Cairo has to complain about.
  static func check(_ status: cairo_status_t) throws(PlotError) {
    guard status != CAIRO_STATUS_SUCCESS else { return }
    throw PlotError(reason: String(cString: cairo_status_to_string(status)))
  }
}
