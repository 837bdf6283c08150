/// All that a batch shows, as bits, so that two trajectories can be compared exactly.
public struct BatchSnapshot: Equatable, Sendable {
  private let arrays: [(name: String, bits: [UInt32])]

  /// What `batch` shows in `rows`, or in all its rows.
  public init(_ batch: any VectorEnvironment, rows: Range<Int>? = nil) {
    let specification = batch.specification
    let rows = rows ?? 0..<batch.count
    func bits(_ start: UnsafePointer<Float>, _ size: Int) -> [UInt32] {
      (rows.lowerBound * size..<rows.upperBound * size).map { start[$0].bitPattern }
    }
    arrays = [
      ("observations", bits(batch.observations, specification.observationSpace.count)),
      ("final observations", bits(batch.finalObservations, specification.observationSpace.count)),
      ("rewards", bits(batch.rewards, 1)),
      ("ends", rows.map { UInt32(batch.ends[$0].rawValue) }),
      ("ends of trials", rows.map { batch.endsTrial(row: $0) ? 1 : 0 }),
      ("executed actions", bits(batch.executedActions, specification.executedActionSize)),
      ("counters", bits(batch.counters, specification.counterNames.count)),
      ("task parameters", rows.flatMap { batch.taskParameters(row: $0).map(\.bitPattern) }),
    ]
  }

  /// The first array in which the snapshots differ, nil where they are equal.
  public func difference(from other: BatchSnapshot, ignoring ignored: String? = nil) -> String? {
    zip(arrays, other.arrays).first { $0.name != ignored && $0.bits != $1.bits }?.0.name
  }

  /// Whether all arrays are equal to the bit.
  public static func == (a: Self, b: Self) -> Bool { a.difference(from: b) == nil }

  /// The rows of both snapshots one after the other.
  public static func + (a: Self, b: Self) -> Self {
    Self(arrays: zip(a.arrays, b.arrays).map { ($0.name, $0.bits + $1.bits) })
  }

  private init(arrays: [(name: String, bits: [UInt32])]) { self.arrays = arrays }
}
