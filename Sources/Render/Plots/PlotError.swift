/// A figure that could not be drawn or written.
public struct PlotError: Error, Equatable, CustomStringConvertible {
  /// The file that was to be written; empty if the figure was drawn in memory.
  public let path: String
  /// What went wrong.
  public let reason: String

  /// An error about the file `path`.
  public init(path: String = "", reason: String) {
    self.path = path
    self.reason = reason
  }

  /// One line for a person.
  public var description: String {
    path.isEmpty
      ? "cannot draw the figure: \(reason)" : "cannot write the figure \(path): \(reason)"
  }
}
