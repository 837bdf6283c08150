import Glibc

/// A way to write films.
protocol FilmWriter: AnyObject {
  /// Adds a frame.
  func add(_ image: PixelImage) throws(PlotError)
  /// Writes what comes after the last frame.
  func finish() throws(PlotError)
}

extension PlotError {
  /// What the system says about `path`.
  init(path: String = "", code: Int32) {
    self.init(path: path, reason: String(cString: strerror(code)))
  }
}
