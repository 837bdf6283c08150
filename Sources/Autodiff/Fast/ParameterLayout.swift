/// Where each parameter begins in one flat array of numbers.
public struct ParameterLayout: Sendable, Hashable {
  /// The parameters in order.
  public let parameters: [Parameter]
  /// The first number of each.
  public let offsets: [Int]
  /// Numbers in total.
  public let count: Int
  /// The stretches of numbers that are learned: what optimizers change.
  public let learned: [Range<Int>]
  /// Where the matrix of each parameter begins as products see it.
  let matrices: [Int]
  /// The matrices that products see as unfolded copies, behind the learned numbers.
  let unfolded: [UnfoldedMatrix]
  /// Numbers in total with the copies.
  let storage: Int

  /// Parameters one behind the other.
  public init(_ parameters: [Parameter]) {
    self.parameters = parameters
    var offsets: [Int] = []
    var learned: [Range<Int>] = []
    var next = 0
    for parameter in parameters {
      offsets.append(next)
      if parameter.isLearned {
        let start = learned.last?.upperBound == next ? learned.removeLast().lowerBound : next
        learned.append(start..<next + parameter.count)
      }
      next += parameter.count
    }
    self.offsets = offsets
    self.learned = learned
    count = next
    var matrices = offsets
    var unfolded: [UnfoldedMatrix] = []
    for (index, parameter) in parameters.enumerated() {
      guard let wiring = parameter.wiring else { continue }
      let matrix = UnfoldedMatrix(
        source: offsets[index], target: next, count: parameter.matrixRows * parameter.columns,
        places: wiring.places(rows: parameter.rows, columns: parameter.columns))
      matrices[index] = next
      unfolded.append(matrix)
      next += matrix.count
    }
    self.matrices = matrices
    self.unfolded = unfolded
    storage = next
  }

  /// Where rows of a matrix are as products see it.
  func place(of parameter: Int, firstRow: Int, rows: Int) -> MatrixPlace {
    let columns = parameters[parameter].columns
    return MatrixPlace(
      parameter: parameter, offset: matrices[parameter] + firstRow * columns, rows: rows,
      columns: columns)
  }

  /// The parameter that holds the number at `offset`.
  public func parameter(at offset: Int) -> Parameter {
    parameters[(offsets.lastIndex { $0 <= offset }) ?? 0]
  }

  /// The parameter with the first number of `numbers` that is not finite, nil where all are. The
  /// numbers are in the order of the layout.
  public func firstNonFinite(in numbers: UnsafePointer<Float>) -> Parameter? {
    (0..<count).first { !numbers[$0].isFinite }.map(parameter(at:))
  }
}
