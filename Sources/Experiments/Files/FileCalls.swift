import Foundation
import Glibc

/// The system calls by which runs change files. Tests put others in their place, to see what becomes
/// of a run when one of them fails.
package struct FileCalls: Sendable {
  /// Opens `path`; a new file may be read and written as the process's mask allows.
  package var open: @Sendable (_ path: String, _ flags: Int32) -> Int32 = {
    Glibc.open($0, $1 | O_CLOEXEC, 0o666)
  }
  /// Writes bytes, perhaps not all of them, and returns how many.
  package var write: @Sendable (_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int = {
    Glibc.write($0, $1.baseAddress, $1.count)
  }
  /// Cuts a file or fills it with zeros.
  package var truncate: @Sendable (_ file: Int32, _ length: off_t) -> Int32 = {
    Glibc.ftruncate($0, $1)
  }
  /// Waits until a file or directory is on the disk.
  package var synchronize: @Sendable (_ file: Int32) -> Int32 = { Glibc.fsync($0) }
  /// Closes a file.
  package var close: @Sendable (_ file: Int32) -> Int32 = { Glibc.close($0) }
  /// Renames a file or directory in one step.
  package var rename: @Sendable (_ source: String, _ destination: String) -> Int32 = {
    Glibc.rename($0, $1)
  }
  /// Makes a directory.
  package var makeDirectory: @Sendable (_ path: String) -> Int32 = { Glibc.mkdir($0, 0o777) }
  /// Makes a symbolic link at `path`.
  package var link: @Sendable (_ target: String, _ path: String) -> Int32 = {
    Glibc.symlink($0, $1)
  }
  /// Removes a file or a directory with all it holds.
  package var remove: @Sendable (_ path: String) -> Void = {
    try? FileManager.default.removeItem(atPath: $0)
  }

  /// The calls of the system.
  package init() {}

  /// The calls in use.
  @TaskLocal package static var current = FileCalls()
}
