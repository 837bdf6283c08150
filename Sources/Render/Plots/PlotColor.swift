/// A colour in the sRGB space with an opacity.
public struct PlotColor: Sendable, Hashable {
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
  public func withOpacity(_ opacity: Double) -> PlotColor {
    PlotColor(red: red, green: green, blue: blue, opacity: opacity)
  }

  /// Colours that people with any common form of colour blindness tell apart, strongest first.
  ///
  /// After M. Okabe and K. Ito, "Color universal design", 2008; their yellow is left out because it
  /// vanishes on white.
  public static let palette: [PlotColor] = [
    PlotColor(0x0072B2), PlotColor(0xD55E00), PlotColor(0x009E73), PlotColor(0xCC79A7),
    PlotColor(0xE69F00), PlotColor(0x56B4E9), PlotColor(0x4D4D4D),
  ]
}

/// The greys and sizes every figure shares.
enum PlotTheme {
  static let background = PlotColor(0xFFFFFF)
  static let ink = PlotColor(0x1B1F24)
  static let secondary = PlotColor(0x4B5563)
  static let muted = PlotColor(0x7A828E)
  static let grid = PlotColor(0xE7E9ED)
  static let zero = PlotColor(0xC3C8D0)
  static let axis = PlotColor(0x9AA1AB)
  static let reference = PlotColor(0x6B7280)

  static let title = PlotFont(size: 16, isBold: true)
  static let subtitle = PlotFont(size: 11.5)
  static let panelTitle = PlotFont(size: 11.5, isBold: true)
  static let axisTitle = PlotFont(size: 10)
  static let tick = PlotFont(size: 9.5)
  static let barLabel = PlotFont(size: 9)
  static let legend = PlotFont(size: 10.5)
  static let footnote = PlotFont(size: 9)

  static let margin = 22.0
  static let bandOpacity = 0.18
}
