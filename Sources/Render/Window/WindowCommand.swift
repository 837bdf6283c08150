/// What somebody at the window asks for.
public enum WindowCommand: Sendable, Equatable {
  /// Stop, or go on.
  case togglePause
  /// Stop, and take one step.
  case step
  /// Twice as fast.
  case faster
  /// Half as fast.
  case slower
  /// The usual speed.
  case normalSpeed
  /// Leave this trial and begin another one.
  case nextTrial
  /// Show or hide the panel of that number, counted from 0.
  case togglePanel(Int)
  /// Hide all panels, or show all.
  case togglePanels
  /// Write a picture.
  case screenshot
  /// Show or hide the list of keys.
  case toggleKeys
  /// Draw the window again: its size has changed, or something covered it.
  case redraw
  /// Close the window.
  case close

  /// The keys and what they do, for people.
  public static let keys: [(key: String, meaning: String)] = [
    ("space", "pause, go on"),
    ("→  or  .", "one step"),
    ("↑  or  +", "twice as fast"),
    ("↓  or  −", "half as fast"),
    ("0", "usual speed"),
    ("n", "next trial"),
    ("1 … 9", "show or hide a panel"),
    ("tab", "hide all panels, show all"),
    ("s", "write a picture"),
    ("h", "show or hide this list"),
    ("q  or  esc", "close the window"),
  ]
}

/// A window that cannot be opened or drawn on.
public struct WindowError: Error, Equatable, CustomStringConvertible {
  /// What went wrong.
  public let reason: String
  /// What helps.
  public let remedy: String

  /// An error.
  public init(
    reason: String, remedy: String = "Watch where $DISPLAY or $WAYLAND_DISPLAY names a display"
  ) {
    self.reason = reason
    self.remedy = remedy
  }

  /// One line for a person.
  public var description: String { "there is no window: \(reason)" }
}
