import Render
import Testing

@Suite struct NumberGridTests {
  @Test func numbersOfASmallerGridAreMeans() {
    let grid = NumberGrid(
      [
        1, 2, 0, 8,
        3, 4, 4, 0,
        -1, -1, 5, 5,
        -1, -1, 7, 7,
      ], columns: 4)
    let small = grid.shrunk(toColumns: 2, rows: 2)
    #expect(small.numbers == [2.5, 3, -1, 6])
    #expect((small.columns, small.rows) == (2, 2))
    #expect(grid.shrunk(toColumns: 4, rows: 4).numbers == grid.numbers)
    #expect(grid.shrunk(toColumns: 4, rows: 1).numbers == [0.5, 1, 4, 5])
    #expect(grid.shrunk(toColumns: 1, rows: 4).numbers == [2.75, 2.75, 2, 3])
  }

  @Test func whatIsNotFiniteIsLeftOut() {
    let grid = NumberGrid([1, .nan, .infinity, 3, .nan, .nan], columns: 1)
    let small = grid.shrunk(toColumns: 1, rows: 3).numbers
    #expect(small[..<2] == [1, 3])
    #expect(small[2].isNaN)
  }

  /// Every number counts once, also where the sizes do not divide each other.
  @Test(arguments: [(7, 3), (100_000, 333), (5, 5), (40_960, 1)])
  func partsAreNearlyEqual(count: Int, parts: Int) {
    let numbers = (0..<count).map { Float($0 * parts / count) }
    for isUpright in [false, true] {
      let grid = NumberGrid(numbers, columns: isUpright ? 1 : count)
      let small = grid.shrunk(toColumns: isUpright ? 1 : parts, rows: isUpright ? parts : 1)
      #expect(small.numbers.count == parts)
      for (index, number) in small.numbers.enumerated() {
        #expect(abs(number - Float(index)) <= 0.5, "part \(index) of \(parts)")
      }
    }
  }

  @Test func aRowThatIsNotWholeIsLeftOut() {
    let grid = NumberGrid([1, 2, 3, 4, 5], columns: 2)
    #expect(grid.numbers == [1, 2, 3, 4])
    #expect(grid.rows == 2)
    #expect(NumberGrid([], columns: 3).rows == 0)
  }
}
