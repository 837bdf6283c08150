import Configuration
import Tensor

/// Delayed copy: `symbols` random letters, a delay of blanks, a cue, and then the letters are to be
/// repeated in their order, one a step. Inputs are one-hot: the letters, then blank, then cue.
///
/// ```
/// shown      a c b _ _ _ _ > _ _
/// answered                 a c b
/// ```
///
/// Source: S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997, in
/// the form of M. Arjovsky et al., "Unitary evolution recurrent neural networks", 2016; answers are
/// judged where letters are due, not on the blanks before.
public struct DelayedCopy: SequenceTask, Configurable {
  static let name = "delayed-copy"

  /// Letters of the alphabet.
  public var alphabet = 8
  /// Letters to repeat.
  public var symbols = 10
  /// Blanks between the last letter and the cue.
  public var delay = 50
  /// The splits.
  public var examples = ExampleCounts()

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("alphabet", \.alphabet, in: 2...10_000, "Letters of the alphabet."),
      .integer("symbols", \.symbols, in: 1...100_000, "Letters to repeat."),
      .integer("delay", \.delay, in: 0...1_000_000, "Blanks between the last letter and the cue."),
      .object("examples", \.examples, "How many examples there are."),
    ]
  }

  /// A letter, blank or cue a step, a letter as answer.
  public var specification: SequenceSpecification {
    SequenceSpecification(
      name: Self.name, steps: 2 * symbols + delay, inputWidth: alphabet + 2, outputWidth: alphabet,
      loss: .crossEntropy, examples: examples)
  }

  /// Writes one sequence.
  public func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    var random = request.content.stream()
    let (blank, cue) = (alphabet, alphabet + 1)
    let query = symbols + delay
    for step in 0..<symbols {
      let letter = random.integer(below: alphabet)
      slot.input(step)[letter] = 1
      slot.target(query + step)[0] = Float(letter)
      slot.setWeight(1, at: query + step)
    }
    for step in symbols..<2 * symbols + delay { slot.input(step)[step == query ? cue : blank] = 1 }
  }
}
