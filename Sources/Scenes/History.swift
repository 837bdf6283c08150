/// The last columns of numbers that change over time, at most ``History/length`` of them.
public struct History: Sendable, Equatable {
  /// Columns that are remembered.
  public static let length = 240

  /// Numbers in a column.
  public let rows: Int
  /// Columns held.
  public private(set) var count = 0

  private var numbers: [Float] = []
  private var appended = 0
  private var endings: [Int] = []

  /// A history without columns.
  public init(rows: Int) { self.rows = rows }

  /// The number of `row` in `column`; column 0 is the oldest one held.
  public subscript(row: Int, column: Int) -> Float {
    numbers[(forgotten + column) % Self.length * rows + row]
  }

  /// The columns held after which something ended.
  public var marks: [Int] { endings.map { $0 - forgotten }.filter { $0 >= 0 } }

  private var forgotten: Int { appended - count }

  /// Adds a column and forgets the oldest one where there are too many.
  public mutating func append(_ column: [Float]) {
    precondition(column.count == rows, "\(column.count) numbers for \(rows) rows")
    if appended < Self.length {
      numbers += column
    } else {
      let place = appended % Self.length * rows
      numbers.replaceSubrange(place..<place + rows, with: column)
    }
    appended += 1
    count = min(appended, Self.length)
  }

  /// Remembers that something ended after the last column, whose end counts once.
  public mutating func mark() {
    guard count > 0, endings.last != appended - 1 else { return }
    let first = forgotten
    endings.removeAll { $0 < first }
    endings.append(appended - 1)
  }
}
