extension Plot {
  /// Writes the figure to `path`; its extension, `.png` or `.svg`, says how.
  ///
  /// The file appears at once, complete: it is written beside `path` and then renamed.
  ///
  /// - Parameters:
  ///   - path: The file; its folder must exist.
  ///   - scale: Pixels a point, for PNG.
  /// - Throws: ``PlotError`` with the path and the reason.
  public func render(to path: String, scale: Double = 2) throws(PlotError) {
    try picture().render(to: path, scale: scale)
  }

  /// The bytes of the figure as a file. The same figure gives the same bytes on one machine.
  ///
  /// - Throws: ``PlotError`` if the figure has no sensible size or Cairo fails.
  public func encoded(as format: PlotFormat, scale: Double = 2) throws(PlotError) -> [UInt8] {
    try picture().encoded(as: format, scale: scale)
  }

  private func picture() throws(PlotError) -> Picture {
    let layout = try Picture.measuring { FigureLayout(self, measuredOn: $0) }
    return Picture(size: layout.size, draw: layout.draw)
  }
}
