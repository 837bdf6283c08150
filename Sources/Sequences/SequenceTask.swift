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

/// What a task is made of.
public struct SequenceSpecification: Sendable, Equatable {
  /// The name in the registry.
  public let name: String
  /// Steps of the longest sequence.
  public let steps: Int
  /// Numbers shown in a step.
  public let inputWidth: Int
  /// Numbers a network answers in a step: values, or one logit for each class or bit.
  public let outputWidth: Int
  /// How answers are judged.
  public let loss: SequenceLoss.Kind
  /// Whether outputs are averaged over each unbroken run of weighted steps, and the average judged by
  /// the target and weight of the run's last step; else every weighted step is an answer of its own.
  public let averagesRuns: Bool
  /// How many examples each split has.
  public let examples: ExampleCounts

  /// A task.
  public init(
    name: String, steps: Int, inputWidth: Int, outputWidth: Int, loss: SequenceLoss.Kind,
    averagesRuns: Bool = false, examples: ExampleCounts = .init()
  ) {
    precondition(
      steps > 0 && inputWidth > 0 && outputWidth > 0, "\(name): every size is positive")
    self.name = name
    self.steps = steps
    self.inputWidth = inputWidth
    self.outputWidth = outputWidth
    self.loss = loss
    self.averagesRuns = averagesRuns
    self.examples = examples
  }

  /// Numbers in a target: the class, or as many as there are outputs.
  public var targetWidth: Int { loss == .crossEntropy ? 1 : outputWidth }
}

/// What examples are for.
public enum DataSplit: String, Sendable, CaseIterable {
  /// Learning.
  case training
  /// Watching the learning: when to stop, which weights to keep.
  case validation
  /// Judging the result.
  case test
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
