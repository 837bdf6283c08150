import Configuration
import Tensor

/// Flagged sign copy: N(0, 1) noise in the first channel; the flag in the second is 1 at one step of the
/// first quarter, else 0. The answer in the last step is the sign of the noise at the flag: class 1 for
/// positive, 0 for negative.
///
/// The task of a memory that cannot count: a unit that updates at the flag alone solves it for any
/// length.
public struct SignCopy: SequenceTask, Configurable {
  static let name = "sign-copy"

  /// Steps, T.
  public var length = 100
  /// The splits.
  public var examples = ExampleCounts()

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("length", \.length, in: 4...1_000_000, "Steps of a sequence."),
      .object("examples", \.examples, "How many examples there are."),
    ]
  }

  /// Noise and flag a step, one of two classes as answer.
  public var specification: SequenceSpecification {
    SequenceSpecification(
      name: Self.name, steps: length, inputWidth: 2, outputWidth: 2, loss: .crossEntropy,
      examples: examples)
  }

  /// Writes one sequence.
  public func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    var random = request.content.stream()
    for step in 0..<length { slot.input(step)[0] = random.normal() }
    let flagged = random.integer(below: length / 4)
    slot.input(flagged)[1] = 1
    slot.target(length - 1)[0] = slot.input(flagged)[0] > 0 ? 1 : 0
    slot.setWeight(1, at: length - 1)
  }
}
