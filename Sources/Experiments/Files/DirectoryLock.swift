import Glibc

/// Keeps a second process out of a run directory for as long as it lives.
final class DirectoryLock {
  private let file: Int32

  /// Takes the lock.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/busy`` while another process holds it.
  init(directory: String) throws {
    let path = directory + "/.lock"
    file = FileCalls.current.open(path, O_WRONLY | O_CREAT)
    guard file >= 0 else { throw FileSystem.failure("create", path) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw Failure(
        .busy, "another process is running in \(directory)",
        remedy: "Wait for it, or stop it.")
    }
  }

  /// Runs after a failure of `init`, too.
  deinit {
    // Said explicitly, for a child that is just being started may still hold a copy of the file.
    flock(file, LOCK_UN)
    close(file)
  }
}
