/// Numbers in rows from the top.
package struct NumberGrid {
  /// The numbers, row by row.
  package let numbers: [Float]
  /// Numbers of a row, at least 1.
  package let columns: Int
  /// Rows.
  package let rows: Int

  /// A grid of `columns` numbers a row; those of a row that is not whole are left out.
  package init(_ numbers: [Float], columns: Int) {
    rows = numbers.count / columns
    self.columns = columns
    self.numbers =
      numbers.count == rows * columns ? numbers : Array(numbers.prefix(rows * columns))
  }

  /// A grid of at most this one's size and at least one number, whose numbers are the means of the parts
  /// that they cover. Parts differ by one number at most along a side. What is not finite is left out of
  /// a mean, unless there is nothing else.
  package func shrunk(toColumns width: Int, rows height: Int) -> NumberGrid {
    guard width < columns || height < rows else { return self }
    let parts = (0..<width).map { Self.part($0, of: columns, in: width) }
    var means: [Float] = []
    means.reserveCapacity(width * height)
    var sums = [(total: Double, count: Int)](repeating: (0, 0), count: width)
    for row in 0..<height {
      for index in sums.indices { sums[index] = (0, 0) }
      for line in Self.part(row, of: rows, in: height) {
        for (index, part) in parts.enumerated() {
          for column in part {
            let number = numbers[line * columns + column]
            guard number.isFinite else { continue }
            sums[index].total += Double(number)
            sums[index].count += 1
          }
        }
      }
      for (total, count) in sums { means.append(Float(total / Double(count))) }
    }
    return NumberGrid(means, columns: width)
  }

  /// Part `index` of `count` things that are dealt out to `parts`.
  private static func part(_ index: Int, of count: Int, in parts: Int) -> Range<Int> {
    index * count / parts..<(index + 1) * count / parts
  }
}
