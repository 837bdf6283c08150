import Tensor

/// A supervised task on sequences: what is shown step by step, and what is to be answered when.
///
/// An example depends on the request alone, so that any batch can be made again, by any thread and in
/// any order:
///
/// ```swift
/// struct Parity: SequenceTask {
///   let specification = SequenceSpecification(
///     name: "parity", steps: 8, inputWidth: 1, outputWidth: 1, loss: .binaryCrossEntropy)
///
///   func write(_ request: ExampleRequest, into slot: ExampleSlot) {
///     var random = request.content.stream()
///     var sum = 0
///     for step in 0..<8 {
///       let bit = random.integer(below: 2)
///       slot.input(step)[0] = Float(bit)
///       sum += bit
///     }
///     slot.target(7)[0] = Float(sum % 2)
///     slot.setWeight(1, at: 7)
///   }
/// }
/// ```
public protocol SequenceTask: Sendable {
  /// Sizes, the loss, and how many examples there are.
  var specification: SequenceSpecification { get }
  /// Writes an example into a slot whose numbers are all zero. Steps with a weight are answered.
  func write(_ request: ExampleRequest, into slot: ExampleSlot)
}

/// Which example is wanted.
public struct ExampleRequest: Sendable {
  /// What it is for.
  public let split: DataSplit
  /// Its number within the split.
  public let index: Int
  /// Names the streams that decide what the example is: the same whenever it is shown.
  public let content: RandomKey
  /// Names the streams that decide how it is shown this time, such as the spikes of a rate code.
  public let showing: RandomKey

  /// Example `index` of a split.
  ///
  /// - Parameters:
  ///   - visit: how often the example has been shown before.
  ///   - key: names the streams of all examples.
  public init(_ index: Int, of split: DataSplit, visit: Int = 0, key: RandomKey) {
    self.split = split
    self.index = index
    let example = key / split.rawValue / index
    content = example / "content"
    showing = example / "showing" / visit
  }
}
