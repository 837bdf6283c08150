import Glibc

/// A film that a process of `ffmpeg` encodes from raw frames.
final class FFmpegFilm: FilmWriter {
  private let process: pid_t
  private var stream: Int32
  private var hasEnded = false

  /// Begins a film of the given format in `path`; nil where the machine has no `ffmpeg`.
  ///
  /// - Throws: ``PlotError`` where the process cannot be started.
  init?(
    path: String, format: String, width: Int, height: Int, framesPerSecond: Int
  ) throws(PlotError) {
    // A socket, because writing to one whose reader is gone can be asked to fail without a signal.
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw PlotError(code: errno) }
    stream = ends[0]
    defer { close(ends[1]) }
    let words =
      [
        "ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr0",
        "-s", "\(width)x\(height)", "-r", "\(framesPerSecond)", "-i", "pipe:0",
      ] + Self.options(of: format) + [path.hasPrefix("-") ? "./" + path : path]
    var arguments = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_adddup2(&files, ends[1], STDIN_FILENO)
    // A group of its own: Ctrl-C ends the film, not its encoder.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var process: pid_t = 0
    let code = posix_spawnp(&process, "ffmpeg", &files, &attributes, arguments, environ)
    self.process = process
    guard code == 0 else {
      hasEnded = true
      close(stream)
      guard code == ENOENT else { throw PlotError(code: code) }
      return nil
    }
  }

  deinit { _ = end() }

  private static func options(of format: String) -> [String] {
    switch format {
    case "gif":
      ["-filter_complex", "[0:v]split[a][b];[a]palettegen[p];[b][p]paletteuse"]
    default: ["-pix_fmt", "yuv420p"]
    }
  }

  func add(_ image: PixelImage) throws(PlotError) {
    try image.withBytes { bytes throws(PlotError) in
      // Rows of whole 32-bit pixels have no padding.
      var rest = bytes[...]
      while !rest.isEmpty {
        let sent = UnsafeRawBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) {
          send(stream, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent < 0 && errno == EINTR { continue }
        guard sent > 0 else {
          throw PlotError(reason: "ffmpeg ended with status \(end()), before the film did")
        }
        rest = rest.dropFirst(sent)
      }
    }
  }

  func finish() throws(PlotError) {
    let status = end()
    guard status == 0 else {
      throw PlotError(reason: "ffmpeg ended with status \(status)")
    }
  }

  /// Lets the encoder come to its end and returns its status.
  private func end() -> Int32 {
    guard !hasEnded else { return 0 }
    hasEnded = true
    close(stream)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
  }
}
