/// Numbers as colours: white for zero, ink for the largest; where some are negative, vermilion for the
/// largest magnitude above zero and blue below. What is not finite is grey.
struct HeatMap {
  /// The colour of zero.
  static let white: UInt32 = 0xFFFFFF

  private let largest: Float
  private let isSigned: Bool

  /// The colours of `numbers` and of what is of their size.
  init(_ numbers: [Float]) {
    var largest: Float = 0
    var isSigned = false
    for number in numbers where number.isFinite {
      largest = max(largest, abs(number))
      if number < 0 { isSigned = true }
    }
    self.largest = max(largest, .leastNormalMagnitude)
    self.isSigned = isSigned
  }

  /// Draws numbers over `frame`; where there are many more than can be seen, their means.
  static func draw(_ grid: NumberGrid, in frame: PlotFrame, on canvas: PlotCanvas) {
    let size = canvas.imageSize(columns: grid.columns, rows: grid.rows, in: frame)
    let seen = grid.shrunk(toColumns: size.columns, rows: size.rows)
    canvas.image(seen.numbers.map(HeatMap(seen.numbers).pixel), columns: seen.columns, in: frame)
  }

  /// The colour of a number, 0xRRGGBB.
  func pixel(_ number: Float) -> UInt32 {
    guard number.isFinite else { return 0xC3C8D0 }
    let strength = abs(number) / largest
    guard isSigned else { return Self.mix(0x1B1F24, strength) }
    return Self.mix(number > 0 ? 0xD55E00 : 0x0072B2, strength)
  }

  /// A mixture of white and `color`.
  private static func mix(_ color: UInt32, _ strength: Float) -> UInt32 {
    func channel(_ shift: UInt32) -> UInt32 {
      let value = Float(color >> shift & 0xFF)
      return UInt32(255 - strength * (255 - value)) << shift
    }
    return channel(16) | channel(8) | channel(0)
  }
}
