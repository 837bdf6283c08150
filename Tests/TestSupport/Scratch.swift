import Foundation

/// A directory of a test's own, removed with the value that holds it.
public final class Scratch {
  /// The directory.
  public let path: String

  /// An empty directory.
  public init() throws {
    path = NSTemporaryDirectory() + "metarl-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A path inside the directory.
  public subscript(name: String) -> String { path + "/" + name }

  /// Writes a file.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: self[name]))
    return self[name]
  }

  /// The bytes of a file, nil where there is none.
  public func bytes(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: self[name]).map(Array.init)
  }

  /// Everything below a directory by its path: the bytes of files, the targets of links.
  public func snapshot(of directory: String) throws -> [String: [UInt8]] {
    let manager = FileManager.default
    return try manager.subpathsOfDirectory(atPath: self[directory]).reduce(into: [:]) { all, name in
      let path = directory + "/" + name
      if let target = try? manager.destinationOfSymbolicLink(atPath: self[path]) {
        all[name] = Array(target.utf8)
      } else {
        all[name] = bytes(path) ?? []
      }
    }
  }
}
