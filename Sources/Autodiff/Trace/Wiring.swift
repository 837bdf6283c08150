import Tensor

/// Which entries of a matrix are connections, and how many steps a number takes along each of them.
///
/// A wired matrix multiplies a row that has its input now, one step ago, two steps ago, and so on side
/// by side: `rows · delays` numbers. Entry (i, j) acts on input i of `delay(i, j)` steps ago. Products
/// see the matrix *unfolded*, with a block of rows for each delay; what is learned, counted and stored
/// is the matrix itself.
public struct Wiring: Hashable, Sendable {
  /// How many delays there are: 0 ..< `delays` steps. 1 for none.
  public var delays: Int
  /// What the delays are drawn from, one uniform draw for each entry.
  public var seed: UInt64
  /// Whether entries (i, i) are no connections: no neuron acts on itself.
  public var excludesSelf: Bool

  /// A wiring; by default every entry is a connection without delay.
  public init(delays: Int = 1, seed: UInt64 = 0, excludesSelf: Bool = false) {
    precondition(delays > 0, "there is at least one delay")
    self.delays = delays
    self.seed = seed
    self.excludesSelf = excludesSelf
  }

  /// Whether entry (row, column) is a connection.
  public func connects(row: Int, column: Int) -> Bool { !(excludesSelf && row == column) }

  /// The delay of entry (row, column), in steps.
  public func delay(row: Int, column: Int) -> Int {
    if delays == 1 { return 0 }
    let word = Philox.block(low: UInt64(row), high: UInt64(column), key: seed)[0]
    return Int((UInt64(word) * UInt64(delays)) >> 32)
  }

  /// For each entry of a matrix of `rows` and `columns`, row after row, its place in the unfolded
  /// matrix; -1 where there is no connection.
  func places(rows: Int, columns: Int) -> [Int32] {
    (0..<rows).flatMap { row in
      (0..<columns).map { column in
        guard connects(row: row, column: column) else { return -1 }
        return Int32((delay(row: row, column: column) * rows + row) * columns + column)
      }
    }
  }
}
