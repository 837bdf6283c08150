/// How fast a demonstration goes on.
public struct Playback: Sendable, Equatable {
  /// Steps a second where nothing else is known.
  public static let normalSpeed = 30.0
  /// The speeds that can be reached.
  public static let speeds = 0.1...10_000.0
  /// Seconds that are made up for after a hold-up.
  private static let patience = 0.1

  /// Whether it stands still.
  public var isPaused = false
  /// Steps a second.
  public private(set) var speed: Double
  private let usualSpeed: Double
  /// The part of a step that has passed.
  private var begun = 0.0

  /// Goes on at `speed` steps a second.
  public init(speed: Double = Playback.normalSpeed) {
    self.speed = speed
    usualSpeed = speed
  }

  /// Twice as fast.
  public mutating func accelerate() { speed = min(speed * 2, Self.speeds.upperBound) }
  /// Half as fast.
  public mutating func slowDown() { speed = max(speed / 2, Self.speeds.lowerBound) }
  /// The speed of the beginning.
  public mutating func resetSpeed() { speed = usualSpeed }

  /// How many steps to take when `seconds` have passed since the last question.
  public mutating func steps(after seconds: Double) -> Int {
    guard !isPaused else { return 0 }
    begun += min(seconds, max(Self.patience, 1 / speed)) * speed
    let whole = (begun + 1e-9).rounded(.down)
    begun -= whole
    return Int(whole)
  }

  /// Seconds until the next step is due.
  public var secondsToNextStep: Double { (1 - begun) / speed }

  /// In words.
  public var description: String {
    let steps = speed < 10 ? "\((speed * 100).rounded() / 100)" : "\(Int(speed.rounded()))"
    return steps + " steps/s" + (isPaused ? ", paused" : "")
  }
}
