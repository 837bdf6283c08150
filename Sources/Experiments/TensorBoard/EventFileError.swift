/// An event file that cannot be read.
public struct EventFileError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong.
  public let reason: String

  /// An error about the file `path`.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// One line for a person.
  public var description: String { "event file \(path): \(reason)" }
}
