/// Multiply–adds of matrix products: those that were done, and those of products without regard to
/// zeros.
public struct OperationCount: Sendable, Equatable {
  /// Done.
  public var executed = 0
  /// As if no number were zero.
  public var dense = 0

  /// None.
  public init() {}

  /// Notes a product of `rows` rows of `depth` numbers, `events` of them not zero, with `n` columns.
  @inline(__always)
  mutating func note(events: Int, depth: Int, rows: Int, n: Int) {
    executed &+= events &* n
    dense &+= depth &* rows &* n
  }

  /// Notes a product of `rows` rows of `depth` numbers with `n` columns, of which `wanted` numbers in all
  /// rows were computed.
  @inline(__always)
  mutating func note(wanted: Int, depth: Int, rows: Int, n: Int) {
    executed &+= wanted &* depth
    dense &+= depth &* rows &* n
  }

  /// Notes a product of `rows` rows of `depth` numbers with a matrix of `n` columns and `connections`
  /// connections.
  @inline(__always)
  mutating func note(connections: Int, depth: Int, rows: Int, n: Int) {
    executed &+= connections &* rows
    dense &+= depth &* rows &* n
  }

  /// The sum of both.
  public static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.executed += b.executed
    sum.dense += b.dense
    return sum
  }
}

/// What the products of a shard did since they were last counted.
public struct SynapticOperations: Sendable, Equatable {
  /// Forward: of inputs and states with weights.
  public var forward = OperationCount()
  /// Backward: derivatives by what was multiplied.
  public var backward = OperationCount()
  /// Backward: derivatives by weights.
  public var weights = OperationCount()

  /// None.
  public init() {}

  /// The sum of both.
  public static func + (a: Self, b: Self) -> Self {
    var sum = Self()
    sum.forward = a.forward + b.forward
    sum.backward = a.backward + b.backward
    sum.weights = a.weights + b.weights
    return sum
  }
}

extension UnsafeMutablePointer<SynapticOperations> {
  /// Where each of the three counts is.
  var counters:
    (
      forward: UnsafeMutablePointer<OperationCount>, backward: UnsafeMutablePointer<OperationCount>,
      weights: UnsafeMutablePointer<OperationCount>
    )
  {
    let first = UnsafeMutableRawPointer(self)
    func counter(_ path: KeyPath<SynapticOperations, OperationCount>)
      -> UnsafeMutablePointer<OperationCount>
    {
      (first + MemoryLayout<SynapticOperations>.offset(of: path)!)
        .assumingMemoryBound(to: OperationCount.self)
    }
    return (counter(\.forward), counter(\.backward), counter(\.weights))
  }
}
