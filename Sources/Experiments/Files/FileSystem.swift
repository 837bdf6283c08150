import Foundation
import Glibc

/// The few operations on files that runs need, with errors that name the file and the cause.
enum FileSystem {
  /// What every verb can be advised to do.
  private static let again = "then try again; a run goes on with: metarl resume"

  static func failure(_ action: String, _ path: String, _ code: Int32 = errno) -> Failure {
    let problem = "cannot \(action) \(path): \(String(cString: strerror(code)))"
    switch code {
    case ENOENT:
      return Failure(.notFound, problem, remedy: "Check the path.")
    case ENOSPC, EDQUOT:
      return Failure(.inputOutput, problem, remedy: "Free some space, " + again)
    case EFBIG:
      return Failure(.inputOutput, problem, remedy: "Raise the file size limit, " + again)
    case EACCES, EPERM, EROFS, ENOTDIR, EISDIR, EEXIST, ENAMETOOLONG, ELOOP:
      return Failure(
        .cannotCreate, problem, remedy: "Make it writable for this user, or choose another place.")
    default:
      return Failure(.inputOutput, problem, remedy: "Check the disk, " + again)
    }
  }

  /// The failure to read a file or directory, for which there is no other place.
  static func failureToRead(_ path: String, _ code: Int32 = errno) -> Failure {
    let usual = failure("read", path, code)
    switch code {
    case EACCES, EPERM:
      return Failure(.inputOutput, usual.problem, remedy: "Make it readable for this user.")
    case ENOTDIR, ENAMETOOLONG, ELOOP:
      return Failure(.notFound, usual.problem, remedy: "Check the path.")
    default: return usual
    }
  }

  // MARK: Looking

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether there is something at `path`.
  ///
  /// - Throws: ``Failure`` where that cannot be seen, as in a directory that may not be read.
  static func isPresent(_ path: String) throws -> Bool {
    if exists(path) { return true }
    guard [ENOENT, ENOTDIR].contains(errno) else { throw failureToRead(path) }
    return false
  }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a directory, sorted; empty where there is no directory.
  static func names(in directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
  }

  /// Checks that the names in a directory can be read, if there is one.
  static func requireReadableDirectory(_ path: String) throws {
    guard let stream = opendir(path) else {
      if errno == ENOENT { return }
      throw failureToRead(path)
    }
    closedir(stream)
  }

  /// The target of a symbolic link, nil where there is none.
  static func linkTarget(_ path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: path)
  }

  /// The one path that all paths to the same place have in common; `path` itself where there is nothing.
  static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The length of a regular file, nil where there is none.
  static func size(_ path: String) -> UInt64? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return UInt64(status.st_size)
  }

  /// The content of a regular file of at most `maximumBytes`.
  static func read(_ path: String, maximumBytes: UInt64 = 1 << 40) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failureToRead(path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failureToRead(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(.notFound, "\(path) is not a file", remedy: "Check the path.")
    }
    guard UInt64(status.st_size) <= maximumBytes else {
      throw Failure(
        .inputOutput, "\(path) has \(status.st_size) bytes, at most \(maximumBytes) are read",
        remedy: "Check that it is the right file.")
    }
    let size = Int(status.st_size)
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let received = Glibc.read(file, buffer.baseAddress! + count, size - count)
        if received < 0 && errno == EINTR { continue }
        if received < 0 { code = errno }
        if received <= 0 { break }
        count += received
      }
    }
    guard code == 0 else { throw failureToRead(path, code) }
    return bytes
  }

  // MARK: Changing

  private static var calls: FileCalls { .current }

  /// Creates a directory and those above it, and waits until their names are on the disk.
  static func createDirectory(_ path: String) throws {
    if isDirectory(path) { return }
    let parent = parentDirectory(of: path)
    if parent != path && !exists(parent) { try createDirectory(parent) }
    if calls.makeDirectory(path) != 0 {
      // Before looking at what is there, which may fail for another reason.
      let code = errno
      guard code == EEXIST && isDirectory(path) else {
        let usual = failure("create directory", path, code)
        guard code == ENOENT else { throw usual }
        throw Failure(.cannotCreate, usual.problem, remedy: "Choose another place.")
      }
    }
    try synchronizeDirectory(parent)
  }

  /// Creates a directory where the one above it is there; false where the name is taken.
  static func createNewDirectory(_ path: String) throws -> Bool {
    guard calls.makeDirectory(path) == 0 else {
      guard errno == EEXIST else { throw failure("create directory", path) }
      return false
    }
    try synchronizeDirectory(parentDirectory(of: path))
    return true
  }

  static func parentDirectory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Writes everything to an open file.
  static func writeAll(_ bytes: [UInt8], to file: Int32, path: String) throws {
    let code = writeAll(bytes, to: file)
    guard code == 0 else { throw failure("write", path, code) }
  }

  /// Writes everything to an open file. Returns the code of what prevented it, 0 for nothing.
  static func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes {
        calls.write(file, UnsafeRawBufferPointer(rebasing: $0[offset...]))
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return written == 0 ? ENOSPC : errno }
      offset += written
    }
    return 0
  }

  /// Writes a new file and waits until it is on the disk.
  static func writeDurably(_ bytes: [UInt8], to path: String) throws {
    let file = calls.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    guard file >= 0 else { throw failure("create", path) }
    do {
      try writeAll(bytes, to: file, path: path)
      guard calls.synchronize(file) == 0 else { throw failure("write", path) }
    } catch {
      _ = calls.close(file)
      throw error
    }
    guard calls.close(file) == 0 else { throw failure("write", path) }
  }

  /// Writes a file so that a crash leaves either the old content or the new one.
  static func replace(_ path: String, with bytes: [UInt8]) throws {
    let temporary = path + ".tmp"
    do {
      try writeDurably(bytes, to: temporary)
      try move(temporary, to: path)
    } catch {
      remove(temporary)
      throw error
    }
    try synchronizeDirectory(parentDirectory(of: path))
  }

  /// Points a symbolic link to `target`, replacing an earlier link in one step.
  static func link(_ path: String, to target: String) throws {
    let temporary = path + ".tmp"
    remove(temporary)
    guard calls.link(target, temporary) == 0 else { throw failure("create link", temporary) }
    try move(temporary, to: path)
    try synchronizeDirectory(parentDirectory(of: path))
  }

  static func move(_ source: String, to destination: String) throws {
    guard calls.rename(source, destination) == 0 else { throw failure("rename to", destination) }
  }

  /// Waits until the names in a directory are on the disk.
  static func synchronizeDirectory(_ path: String) throws {
    let directory = calls.open(path, O_RDONLY | O_DIRECTORY)
    guard directory >= 0 else { throw failure("open", path) }
    defer { _ = calls.close(directory) }
    guard calls.synchronize(directory) == 0 else { throw failure("write", path) }
  }

  /// Removes a file or a directory with all it holds, if it is there.
  static func remove(_ path: String) { calls.remove(path) }
}
