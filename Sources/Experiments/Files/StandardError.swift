import Glibc

/// The standard error stream, which carries everything but results.
public enum StandardError {
  /// Whether people watch it on a terminal.
  public static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The width of the terminal in characters, nil where there is none.
  public static var columns: Int? {
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return known ? Int(size.ws_col) : nil
  }

  /// Writes a text; there is nobody to tell if that fails.
  public static func write(_ text: String) {
    try? FileSystem.writeAll(Array(text.utf8), to: STDERR_FILENO, path: "standard error")
  }
}
