/// A data set that is not there, or not as it should be.
public struct DataSetError: Error, Equatable, CustomStringConvertible {
  /// What kind of fault it is.
  public enum Kind: Sendable, Equatable {
    /// No file was found.
    case missing
    /// A file is there but cannot be read, or is not what it should be.
    case damaged
  }

  /// What kind of fault it is.
  public let kind: Kind
  /// What is wrong, with the path.
  public let problem: String
  /// What to do.
  public let remedy: String

  /// A fault.
  public init(_ kind: Kind, _ problem: String, remedy: String) {
    self.kind = kind
    self.problem = problem
    self.remedy = remedy
  }

  /// A file that is not what it should be.
  static func damaged(_ path: String, _ fault: String) -> DataSetError {
    DataSetError(.damaged, "\(path) \(fault)", remedy: "Get the file again, or name another place.")
  }

  /// Both lines.
  public var description: String { "\(problem)\n\(remedy)" }
}
