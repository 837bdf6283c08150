/// A change of the task in the middle of an episode.
public struct TaskEdit: Sendable, Equatable {
  /// Steps of the episode that come before it.
  public let step: Int
  /// One of the `taskEdits` of the environment.
  public let name: String

  /// The edit `name` before step `step`, counted from 0.
  public init(_ name: String, before step: Int) {
    self.name = name
    self.step = step
  }
}
