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
