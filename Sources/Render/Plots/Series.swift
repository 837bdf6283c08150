import Scenes

/// Numbers drawn with one kind of mark.
///
/// Series of the same name share a colour and one entry of the legend, so a line and its band are
/// two series of one name. Values that are not finite leave gaps.
public struct Series: Sendable, Equatable {
  /// The name in the legend; empty for none.
  public var name: String
  /// The colour, or nil for the palette's next one.
  public var color: Color?
  /// How much of what lies below is covered, 0…1.
  public var opacity: Double
  /// The shape and its numbers.
  public var mark: Mark

  /// A shape and the numbers that it shows. Arrays of unequal lengths are read to the shortest.
  public enum Mark: Sendable, Equatable {
    /// A line through points, broken where a number is not finite.
    case line(x: [Double], y: [Double], width: Double)
    /// The area between two lines.
    case band(x: [Double], lower: [Double], upper: [Double])
    /// One dot for each point.
    case points(x: [Double], y: [Double], radius: Double)
    /// One bar for each category, from zero, with an optional interval about its end.
    case bars(values: [Double], intervals: [ClosedRange<Double>]?)
    /// Numbers as colours, row by row from the top. A pixel is one unit wide and high; the middle of
    /// the image is the origin.
    case image(pixels: [Float], columns: Int)
    /// A line with a head at its end.
    case arrow(from: SIMD2<Double>, to: SIMD2<Double>, width: Double)
  }

  /// A series of any mark.
  public init(_ name: String, _ mark: Mark, color: Color? = nil, opacity: Double = 1) {
    self.name = name
    self.mark = mark
    self.color = color
    self.opacity = opacity
  }

  /// A line through the points (x, y).
  public static func line(
    _ name: String, x: [Double], y: [Double], width: Double = 2, color: Color? = nil,
    opacity: Double = 1
  ) -> Series {
    Series(name, .line(x: x, y: y, width: width), color: color, opacity: opacity)
  }

  /// A translucent area between `lower` and `upper`.
  public static func band(
    _ name: String, x: [Double], lower: [Double], upper: [Double], color: Color? = nil
  ) -> Series {
    Series(
      name, .band(x: x, lower: lower, upper: upper), color: color, opacity: PlotTheme.bandOpacity)
  }

  /// Dots at the points (x, y).
  public static func points(
    _ name: String, x: [Double], y: [Double], radius: Double = 3, color: Color? = nil,
    opacity: Double = 0.8
  ) -> Series {
    Series(name, .points(x: x, y: y, radius: radius), color: color, opacity: opacity)
  }

  /// Numbers as colours about the origin, row by row from the top: white for zero, ink or, where some
  /// are negative, vermilion and blue for the largest magnitude.
  public static func image(pixels: [Float], columns: Int) -> Series {
    precondition(columns > 0, "an image needs a column")
    return Series("", .image(pixels: pixels, columns: columns))
  }

  /// A line with a head at its end.
  public static func arrow(
    _ name: String, from tail: SIMD2<Double>, to tip: SIMD2<Double>, width: Double = 2,
    color: Color? = nil
  ) -> Series {
    Series(name, .arrow(from: tail, to: tip, width: width), color: color)
  }

  /// One bar for each category of the panel.
  public static func bars(
    _ name: String, _ values: [Double], intervals: [ClosedRange<Double>]? = nil,
    color: Color? = nil
  ) -> Series {
    Series(name, .bars(values: values, intervals: intervals), color: color)
  }
}
