import Scenes

/// An agent that acts without learning, one step at a time, for people to watch.
///
/// A player acts in the environment that its trainer was given to make it; between two steps somebody
/// else may begin the next episode of a finished one there.
public protocol Player: AnyObject {
  /// Acts once in every row of the environment.
  ///
  /// - Throws: ``NumericalError`` when a number stops being finite.
  func step() throws

  /// Shows what is worth seeing of the agent after the last step, in the first row.
  func show(on dashboard: inout Dashboard)
}
