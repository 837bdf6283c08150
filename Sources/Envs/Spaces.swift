/// Which numbers an observation or a continuous action may consist of.
public struct BoxSpace: Sendable, Equatable {
  /// The smallest value of each component; `-infinity` where there is no bound.
  public let low: [Float]
  /// The largest value of each component; `infinity` where there is no bound.
  public let high: [Float]

  /// A box with the given corners, which must have the same length.
  public init(low: [Float], high: [Float]) {
    precondition(low.count == high.count, "the corners of a box need equally many components")
    self.low = low
    self.high = high
  }

  /// `count` components, all within the same bounds.
  public init(count: Int, in range: ClosedRange<Float> = -Float.infinity...Float.infinity) {
    low = Array(repeating: range.lowerBound, count: count)
    high = Array(repeating: range.upperBound, count: count)
  }

  /// The number of components.
  public var count: Int { low.count }

  /// Whether every component lies within its bounds.
  public func contains(_ values: some Collection<Float>) -> Bool {
    values.count == count
      && zip(values, zip(low, high)).allSatisfy { $0 >= $1.0 && $0 <= $1.1 }
  }
}

/// What an agent may do.
public enum ActionSpace: Sendable, Equatable {
  /// A vector of real numbers. Environments clip or map what lies outside the box as they specify.
  case continuous(BoxSpace)
  /// One of `count` choices, passed as the number 0, 1, … in a single component.
  case discrete(Int)

  /// How many numbers an action takes in a buffer.
  public var count: Int {
    switch self {
    case .continuous(let box): box.count
    case .discrete: 1
    }
  }
}
