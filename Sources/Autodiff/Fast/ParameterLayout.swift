/// Where each parameter begins in one flat array of numbers.
public struct ParameterLayout: Sendable, Hashable {
  /// The parameters in order.
  public let parameters: [Parameter]
  /// The first number of each.
  public let offsets: [Int]
  /// Numbers in total.
  public let count: Int

  /// Parameters one behind the other.
  public init(_ parameters: [Parameter]) {
    self.parameters = parameters
    var offsets: [Int] = []
    var next = 0
    for parameter in parameters {
      offsets.append(next)
      next += parameter.count
    }
    self.offsets = offsets
    count = next
  }

  /// The parameter that holds the number at `offset`.
  public func parameter(at offset: Int) -> Parameter {
    parameters[(offsets.lastIndex { $0 <= offset }) ?? 0]
  }
}
