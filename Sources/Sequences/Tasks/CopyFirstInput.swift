import Configuration
import Tensor

/// Copy first input: x_t ~ N(0, 1); the answer in the last step is x_0, or the one number that was not
/// zero.
///
/// Source: N. Vecoven, D. Ernst, G. Drion, "A bio-inspired bistable recurrent cell allows for
/// long-lasting memory", PLOS ONE 16(6): e0252676, 2021; `hidden` is in the first release of its code.
public struct CopyFirstInput: SequenceTask, Configurable {
  /// The published formats.
  public enum Format: String, Sendable, CaseIterable {
    /// The first of independent normal numbers.
    case first
    /// Zeros but for one normal number, anywhere but in the last step.
    case hidden
  }

  static let name = "copy-first-input"

  /// Steps, T.
  public var length = 300
  /// Which number is to be remembered.
  public var format = Format.first
  /// The splits, 45 000 and 50 000 as published; validation is ours.
  public var examples = ExampleCounts(training: 45_000, validation: 5000, test: 50_000)

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("length", \.length, in: 2...1_000_000, "Steps of a sequence."),
      .choice("format", \.format, "The first of many numbers, or one hidden among zeros."),
      .object("examples", \.examples, "How many examples there are."),
    ]
  }

  /// A number a step, a number as answer.
  public var specification: SequenceSpecification {
    SequenceSpecification(
      name: Self.name, steps: length, inputWidth: 1, outputWidth: 1, loss: .squaredError,
      examples: examples)
  }

  /// Writes one sequence.
  public func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    var random = request.content.stream()
    let wanted: Int
    switch format {
    case .first:
      wanted = 0
      for step in 0..<length { slot.input(step)[0] = random.normal() }
    case .hidden:
      wanted = random.integer(below: length - 1)
      slot.input(wanted)[0] = random.normal()
    }
    slot.target(length - 1)[0] = slot.input(wanted)[0]
    slot.setWeight(1, at: length - 1)
  }
}
