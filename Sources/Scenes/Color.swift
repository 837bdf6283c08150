/// A colour in the sRGB space with an opacity.
public struct Color: Sendable, Hashable {
  /// Red, 0…1.
  public var red: Double
  /// Green, 0…1.
  public var green: Double
  /// Blue, 0…1.
  public var blue: Double
  /// 0 is invisible, 1 covers everything below.
  public var opacity: Double

  /// A colour from its components, each in 0…1.
  public init(red: Double, green: Double, blue: Double, opacity: Double = 1) {
    self.red = red
    self.green = green
    self.blue = blue
    self.opacity = opacity
  }

  /// A colour written as on the web, such as `0x0072B2`.
  public init(_ hex: UInt32, opacity: Double = 1) {
    self.init(
      red: Double(hex >> 16 & 0xFF) / 255, green: Double(hex >> 8 & 0xFF) / 255,
      blue: Double(hex & 0xFF) / 255, opacity: opacity)
  }

  /// The same colour at another opacity.
  public func withOpacity(_ opacity: Double) -> Color {
    Color(red: red, green: green, blue: blue, opacity: opacity)
  }

  /// Colours that people with any common form of colour blindness tell apart, strongest first.
  ///
  /// After M. Okabe and K. Ito, "Color universal design", 2008; their yellow is left out because it
  /// vanishes on white.
  public static let palette: [Color] = [
    .blue, .vermilion, .green, .pink, .orange, .sky, Color(0x4D4D4D),
  ]

  /// Blue of the palette.
  public static let blue = Color(0x0072B2)
  /// Vermilion of the palette.
  public static let vermilion = Color(0xD55E00)
  /// Bluish green of the palette.
  public static let green = Color(0x009E73)
  /// Reddish purple of the palette.
  public static let pink = Color(0xCC79A7)
  /// Orange of the palette.
  public static let orange = Color(0xE69F00)
  /// Sky blue of the palette.
  public static let sky = Color(0x56B4E9)
  /// White.
  public static let white = Color(0xFFFFFF)
  /// Nearly black, for text and outlines.
  public static let ink = Color(0x1B1F24)
  /// Grey for what matters less.
  public static let muted = Color(0x7A828E)
  /// Light grey for grounds and grids.
  public static let pale = Color(0xE7E9ED)
}
