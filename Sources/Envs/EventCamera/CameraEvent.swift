/// A change of brightness that a pixel of an event camera reports.
public struct CameraEvent: Sendable, Hashable, Codable {
  /// When it happened, in microseconds.
  public var time: Int64
  /// The column, from the left.
  public var x: UInt16
  /// The row, from the top.
  public var y: UInt16
  /// Whether the pixel became brighter (ON, +1) or darker (OFF, −1).
  public var isOn: Bool

  /// An event.
  public init(time: Int64, x: UInt16, y: UInt16, isOn: Bool) {
    self.time = time
    self.x = x
    self.y = y
    self.isOn = isOn
  }

  /// +1 for ON, −1 for OFF.
  public var polarity: Float { isOn ? 1 : -1 }

  /// The order of events in a recording: by time, and by place where times are equal.
  static func precedes(_ a: Self, _ b: Self) -> Bool {
    (a.time, a.y, a.x, a.isOn ? 1 : 0) < (b.time, b.y, b.x, b.isOn ? 1 : 0)
  }
}
