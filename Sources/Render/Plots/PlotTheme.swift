import Scenes

/// A weight and a size of the machine's plain sans-serif font.
struct PlotFont: Sendable, Hashable {
  var size: Double
  var isBold = false

  /// The distance between two baselines.
  var lineHeight: Double { (size * 1.4).rounded() }
}

/// The greys and sizes every figure shares.
enum PlotTheme {
  static let background = Color.white
  static let ink = Color.ink
  static let secondary = Color(0x4B5563)
  static let muted = Color.muted
  static let grid = Color.pale
  static let zero = Color(0xC3C8D0)
  static let axis = Color(0x9AA1AB)
  static let reference = Color(0x6B7280)

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
