import Glibc

/// A file that only grows, except that a resumed run cuts it back to its checkpoint first.
final class LogFile {
  let path: String
  /// Bytes in the file.
  private(set) var length: UInt64
  private let file: Int32

  /// Opens the log and keeps its first `length` bytes.
  init(path: String, keeping length: UInt64) throws {
    self.path = path
    self.length = length
    file = FileCalls.current.open(path, O_WRONLY | O_CREAT)
    guard file >= 0 else { throw FileSystem.failure("open", path) }
    guard FileCalls.current.truncate(file, off_t(length)) == 0, lseek(file, 0, SEEK_END) >= 0
    else { throw FileSystem.failure("cut", path) }
  }

  /// Runs after a failure of `init`, too.
  deinit { close(file) }

  /// Adds bytes. If that fails, none of them stay.
  func append(_ bytes: [UInt8]) throws {
    do {
      try FileSystem.writeAll(bytes, to: file, path: path)
    } catch {
      _ = FileCalls.current.truncate(file, off_t(length))
      _ = lseek(file, 0, SEEK_END)
      throw error
    }
    length += UInt64(bytes.count)
  }

  /// Waits until everything is on the disk.
  func synchronize() throws {
    guard FileCalls.current.synchronize(file) == 0 else { throw FileSystem.failure("write", path) }
  }
}
