import Glibc

/// The standard output stream, which carries results.
public enum StandardOutput {
  /// Writes a text and a line break.
  ///
  /// - Throws: ``Failure`` as ``write(_:)`` does.
  public static func writeLine(_ text: String) throws { try write(text + "\n") }

  /// Writes a text. Whoever closes a pipe early, as `head` does, has read enough; that is no failure.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/inputOutput`` where it cannot be written, on a full disk say.
  public static func write(_ text: String) throws {
    let code = FileSystem.writeAll(Array(text.utf8), to: STDOUT_FILENO)
    guard code != 0 && code != EPIPE else { return }
    throw Failure(
      .inputOutput, "cannot write to standard output: \(String(cString: strerror(code)))",
      remedy: "Free some space, or send the output to another place.")
  }
}
