import CKernels

/// The numbers of a matrix that are not zero, row after row.
///
/// There is room for a few more than there were, so that a matrix whose connections move, but not their
/// number, asks for memory once.
final class ConnectionList {
  private(set) var count = 0
  private(set) var capacity = 0
  private(set) var connections: UnsafeMutablePointer<metarl_connection>?

  deinit { connections?.deallocate() }

  /// Lists the connections of a matrix, unless they are more than `limit` of its numbers.
  ///
  /// - Returns: whether they are listed.
  @discardableResult
  func find(
    in matrix: UnsafePointer<Float>, rows: Int, columns: Int, limit: Double = 1
  ) -> Bool {
    count = Self.count(in: matrix, rows: rows, columns: columns)
    guard Double(count) <= limit * Double(rows * columns) else { return false }
    if count >= capacity {
      connections?.deallocate()
      capacity = count + count / 4 + 1
      connections = .allocate(capacity: capacity)
    }
    metarl_find_connections(matrix, Int32(rows), Int32(columns), connections)
    return true
  }

  /// How many connections a matrix has.
  static func count(in matrix: UnsafePointer<Float>, rows: Int, columns: Int) -> Int {
    Int(metarl_count_events(matrix, Int64(columns), Int32(columns), Int32(rows)))
  }
}
