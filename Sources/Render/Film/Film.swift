import Glibc

/// A film that is written frame by frame: by `ffmpeg` where the machine has it, else as an animated PNG.
///
/// ```swift
/// let film = try Film(path: "swing.mp4", width: 960, height: 640)
/// for … { try film.add(frame) }
/// try film.finish()
/// ```
///
/// The file appears at once, complete, when the film is finished; one that never is leaves nothing.
public final class Film {
  /// Extensions that a film's name may have. `.png` and `.apng` need no `ffmpeg`.
  public static let extensions = ["mp4", "mkv", "mov", "webm", "gif", "apng", "png"]

  /// The file that is written: the one asked for or, where there is no `ffmpeg`, the one with `.png` after
  /// that name.
  public let path: String
  /// Pixels of a row.
  public let width: Int
  /// Rows of pixels.
  public let height: Int
  /// Frames a second.
  public let framesPerSecond: Int

  private let partial: String
  private let image: PixelImage
  private var writer: (any FilmWriter)?

  /// Begins a film.
  ///
  /// - Parameters:
  ///   - path: The file; its extension, one of ``extensions``, says how.
  ///   - width: Pixels of a row; even, as many video formats need it.
  ///   - height: Rows of pixels; even.
  /// - Throws: ``PlotError`` with the path and the reason, where there can be no such file.
  public init(
    path: String, width: Int = 960, height: Int = 640, framesPerSecond: Int = 30
  ) throws(PlotError) {
    precondition(framesPerSecond > 0 && width % 2 == 0 && height % 2 == 0)
    guard let suffix = Self.suffix(of: path) else {
      throw PlotError(
        path: path,
        reason: "the name must end in " + Self.extensions.map { "." + $0 }.joined(separator: ", "))
    }
    try Self.requirePlace(path)
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
    image = try PixelImage(width: width, height: height)
    if !["png", "apng"].contains(suffix) {
      let partial = Self.partial(path)
      let writer = try Self.about(path) { () throws(PlotError) in
        try FFmpegFilm(
          path: partial, format: suffix, width: width, height: height,
          framesPerSecond: framesPerSecond)
      }
      if let writer {
        (self.path, self.partial, self.writer) = (path, partial, writer)
        return
      }
      self.path = path + ".png"
    } else {
      self.path = path
    }
    let partial = Self.partial(self.path)
    self.partial = partial
    writer = try Self.about(self.path) { () throws(PlotError) in
      try AnimatedPNG(path: partial, framesPerSecond: framesPerSecond)
    }
  }

  deinit {
    guard writer != nil else { return }
    writer = nil
    remove(partial)
  }

  /// Adds a frame.
  ///
  /// - Throws: ``PlotError`` where it cannot be drawn or written.
  public func add(_ frame: SceneFrame) throws(PlotError) {
    guard let writer else { preconditionFailure("the film is finished") }
    try Self.about(path) { () throws(PlotError) in
      try image.draw(scale: 1) { frame.draw(on: $0, width, height) }
      try writer.add(image)
    }
  }

  /// Ends the film; only now there is a file.
  ///
  /// - Throws: ``PlotError`` where it cannot be written.
  public func finish() throws(PlotError) {
    guard let writer else { return }
    try Self.about(path) { () throws(PlotError) in try writer.finish() }
    guard rename(partial, path) == 0 else { throw PlotError(path: path, code: errno) }
    self.writer = nil
  }

  /// What `body` gives; its errors name the file that people know.
  private static func about<Result>(
    _ path: String, _ body: () throws(PlotError) -> Result
  ) throws(PlotError) -> Result {
    do { return try body() } catch { throw PlotError(path: path, reason: error.reason) }
  }

  /// Checks that files can be made in the folder of `path`; `ffmpeg` notices late, and keeps the reason to itself.
  private static func requirePlace(_ path: String) throws(PlotError) {
    let folder = path.lastIndex(of: "/").map { path[...$0] + "." } ?? "."
    guard access(String(folder), W_OK) == 0 else { throw PlotError(path: path, code: errno) }
  }

  /// Whether the name ends in one of the ``extensions``.
  public static func hasKnownExtension(_ path: String) -> Bool { suffix(of: path) != nil }

  private static func suffix(of path: String) -> String? {
    let name = path.split(separator: "/").last ?? ""
    return extensions.first { name.count > $0.count + 1 && name.lowercased().hasSuffix("." + $0) }
  }

  /// A hidden file in the same folder whose name ends alike.
  private static func partial(_ path: String) -> String {
    let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return path[..<start] + ".partial-" + path[start...]
  }
}
