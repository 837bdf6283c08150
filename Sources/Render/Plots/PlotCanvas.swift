import CCairo
import Scenes

/// A rectangle in points, y growing downwards.
struct PlotFrame: Sendable, Equatable {
  var minX: Double
  var minY: Double
  var maxX: Double
  var maxY: Double

  var width: Double { maxX - minX }
  var height: Double { maxY - minY }
  var center: SIMD2<Double> { SIMD2((minX + maxX) / 2, (minY + maxY) / 2) }
}

/// Where drawing goes: a thin layer over a Cairo context.
final class PlotCanvas {
  /// Where a text stands relative to its anchor.
  enum Alignment: Double {
    case left = 0
    case center = 0.5
    case right = 1
  }

  private let context: OpaquePointer
  /// Device units a point.
  private let scale: Double

  /// A canvas over `surface`, `scale` device units a point.
  init(surface: OpaquePointer, scale: Double) {
    self.scale = scale
    context = cairo_create(surface)
    cairo_scale(context, scale, scale)
    let options = cairo_font_options_create()
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
  }

  deinit { cairo_destroy(context) }

  /// What Cairo has to complain about, or nil.
  var problem: String? {
    let status = cairo_status(context)
    return status == CAIRO_STATUS_SUCCESS ? nil : String(cString: cairo_status_to_string(status))
  }

  // MARK: Shapes

  /// Fills a rectangle.
  func fill(_ frame: PlotFrame, _ color: Color) {
    cairo_rectangle(context, frame.minX, frame.minY, frame.width, frame.height)
    use(color)
    cairo_fill(context)
  }

  /// Fills a closed polygon.
  func fill(polygon: [SIMD2<Double>], _ color: Color) {
    trace(polygon)
    cairo_close_path(context)
    use(color)
    cairo_fill(context)
  }

  /// Fills a disc with a thin white rim, so that neighbours stay apart.
  func disc(_ center: SIMD2<Double>, radius: Double, _ color: Color, rim: Double = 0) {
    cairo_new_path(context)
    cairo_arc(context, center.x, center.y, radius, 0, 2 * .pi)
    use(color)
    if rim > 0 {
      cairo_fill_preserve(context)
      use(PlotTheme.background.withOpacity(0.9))
      cairo_set_line_width(context, rim)
      cairo_set_dash(context, nil, 0, 0)
      cairo_stroke(context)
    } else {
      cairo_fill(context)
    }
  }

  /// Strokes a line through `points`, with round ends unless it is dashed.
  func stroke(
    _ points: [SIMD2<Double>], _ color: Color, width: Double, dash: [Double] = [],
    isRound: Bool = true
  ) {
    trace(points)
    use(color)
    cairo_set_line_width(context, width)
    cairo_set_dash(context, dash, Int32(dash.count), 0)
    cairo_set_line_cap(
      context, dash.isEmpty && isRound ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
    cairo_stroke(context)
  }

  /// Draws an image of `columns` pixels a row over `frame`. Pixels that become larger stay sharp;
  /// where they become smaller, each point shows the mean of those that fall on it. The image must be
  /// no larger than ``imageSize(columns:rows:in:)`` says.
  func image(_ pixels: [UInt32], columns: Int, in frame: PlotFrame) {
    let rows = pixels.count / columns
    guard rows > 0, frame.width > 0, frame.height > 0 else { return }
    var pixels = pixels
    pixels.withUnsafeMutableBytes { bytes in
      let source = cairo_image_surface_create_for_data(
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), CAIRO_FORMAT_RGB24, Int32(columns),
        Int32(rows), Int32(4 * columns))
      defer {
        // From here on nobody reads the pixels.
        cairo_surface_finish(source)
        cairo_surface_destroy(source)
      }
      // The size of a pixel in points.
      let size = SIMD2(frame.width / Double(columns), frame.height / Double(rows))
      let isReduced = scale * size.min() < 1
      cairo_save(context)
      cairo_translate(context, frame.minX, frame.minY)
      cairo_scale(context, size.x, size.y)
      cairo_set_source_surface(context, source, 0, 0)
      cairo_pattern_set_filter(
        cairo_get_source(context), isReduced ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST)
      cairo_pattern_set_extend(cairo_get_source(context), CAIRO_EXTEND_PAD)
      cairo_rectangle(context, 0, 0, Double(columns), Double(rows))
      cairo_fill(context)
      cairo_restore(context)
    }
  }

  /// The size to which an image is to be reduced before it is drawn over `frame`: its own, unless it is
  /// much larger than what can be seen. Cairo refuses sides of more than 32 767 pixels, and takes the
  /// mean of 16 pixels at most along a side.
  func imageSize(columns: Int, rows: Int, in frame: PlotFrame) -> (columns: Int, rows: Int) {
    func side(_ count: Int, over length: Double) -> Int {
      let (longest, widestMean) = (32_767, 16)
      // Rounded down, or the pixels would have to be made smaller once more, which blurs both sides.
      let shown = max(1, Int((scale * length).rounded(.down)))
      return count > min(longest, widestMean * shown) ? min(longest, shown) : count
    }
    return (side(columns, over: frame.width), side(rows, over: frame.height))
  }

  /// Draws what `body` draws, cut off outside `frame`.
  func clipped(to frame: PlotFrame, _ body: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, frame.minX, frame.minY, frame.width, frame.height)
    cairo_clip(context)
    body()
    cairo_restore(context)
  }

  // MARK: Text

  /// Writes one line with its baseline at `y`; a halo keeps it legible on top of lines.
  func text(
    _ text: String, x: Double, y: Double, _ font: PlotFont, _ color: Color,
    _ alignment: Alignment = .left, hasHalo: Bool = false
  ) {
    let offset = alignment == .left ? 0 : width(of: text, font) * alignment.rawValue
    select(font)
    if hasHalo {
      cairo_move_to(context, x - offset, y)
      cairo_text_path(context, Self.printable(text))
      use(PlotTheme.background)
      cairo_set_line_width(context, 3)
      cairo_set_dash(context, nil, 0, 0)
      cairo_stroke(context)
    }
    use(color)
    cairo_move_to(context, x - offset, y)
    cairo_show_text(context, Self.printable(text))
    cairo_new_path(context)
  }

  /// How wide a line is.
  func width(of text: String, _ font: PlotFont) -> Double {
    select(font)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, Self.printable(text), &extents)
    return extents.x_advance
  }

  /// The lines of `text` when no line may be wider than `width`.
  ///
  /// - Parameter dividesWords: Whether a longer word goes on in the next line instead of keeping its own.
  func wrap(
    _ text: String, _ font: PlotFont, width: Double, dividesWords: Bool = false
  ) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: true) {
      var line = ""
      for word in paragraph.split(separator: " ") {
        let longer = line.isEmpty ? String(word) : "\(line) \(word)"
        if self.width(of: longer, font) <= width {
          line = longer
          continue
        }
        if !line.isEmpty { lines.append(line) }
        let pieces =
          dividesWords ? divide(String(word), font, width: width) : [String(word)]
        lines += pieces.dropLast()
        line = pieces.last ?? ""
      }
      if !line.isEmpty { lines.append(line) }
    }
    return lines
  }

  // MARK: Private

  /// A word in pieces of at most `width`, of a letter at least.
  private func divide(_ word: String, _ font: PlotFont, width: Double) -> [String] {
    var pieces: [String] = []
    var piece = ""
    for letter in word {
      let longer = piece + String(letter)
      if piece.isEmpty || self.width(of: longer, font) <= width {
        piece = longer
      } else {
        pieces.append(piece)
        piece = String(letter)
      }
    }
    return pieces + [piece]
  }

  /// Cairo reads text up to a zero byte and refuses control characters poorly.
  private static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
  }

  private func select(_ font: PlotFont) {
    cairo_select_font_face(
      context, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
      font.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, font.size)
  }

  private func use(_ color: Color) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, color.opacity)
  }

  private func trace(_ points: [SIMD2<Double>]) {
    cairo_new_path(context)
    for (i, point) in points.enumerated() {
      if i == 0 {
        cairo_move_to(context, point.x, point.y)
      } else {
        cairo_line_to(context, point.x, point.y)
      }
    }
  }
}
