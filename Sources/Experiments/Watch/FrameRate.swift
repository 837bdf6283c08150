/// How many pictures a second a window shows.
public struct FrameRate: Sendable {
  private var start: ContinuousClock.Instant
  private var count = 0
  /// Pictures a second, over the last second or more that has passed; nil before.
  public private(set) var value: Double?

  /// No picture yet.
  public init(at start: ContinuousClock.Instant) { self.start = start }

  /// Counts a picture.
  public mutating func count(at now: ContinuousClock.Instant) {
    count += 1
    let seconds = (now - start) / .seconds(1)
    guard seconds >= 1 else { return }
    value = Double(count) / seconds
    (start, count) = (now, 0)
  }
}
