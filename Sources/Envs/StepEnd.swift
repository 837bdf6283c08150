/// How a step ended. One value, so that a time limit can never be mistaken for a death.
public enum StepEnd: UInt8, Sendable, Codable, CaseIterable {
  /// The episode goes on.
  case running = 0
  /// The world reached a final state: the value of what follows is zero.
  case terminated = 1
  /// The episode was cut, by a time limit say: what follows still has a value.
  case truncated = 2
  /// A final state was reached in the very step in which the time ran out.
  case both = 3

  /// Whether the episode is over.
  public var isEnd: Bool { self != .running }
  /// Whether the world reached a final state; then nothing is bootstrapped.
  public var isTerminal: Bool { self == .terminated || self == .both }
  /// Whether the episode was cut, be it in a final state or not.
  public var isTruncated: Bool { self == .truncated || self == .both }

  /// Combines a final state with a time limit.
  public init(terminated: Bool, truncated: Bool) {
    self = StepEnd(rawValue: (terminated ? 1 : 0) | (truncated ? 2 : 0)) ?? .running
  }
}
