import Configuration
import Tensor

/// Store–recall: twelve symbols of 200 ms, shown by four groups of Poisson spike trains, 1 ms a step: value
/// 0, value 1, STORE and RECALL. While STORE is shown, a value is shown with it; it is to be answered,
/// averaged over the symbol, when RECALL is shown. The symbol after STORE is the same value or, as often,
/// the other one.
///
/// Source: G. Bellec et al., "Long short-term memory and learning-to-learn in networks of spiking
/// neurons", NeurIPS 2018, and arXiv 1901.09049, version 1.
public struct StoreRecall: SequenceTask, Configurable {
  static let name = "store-recall"

  /// Symbols of a sequence.
  public var symbols = 12
  /// Steps of a symbol, in ms.
  public var symbolSteps = 200
  /// Spike trains of a group.
  public var groupSize = 25
  /// Rate of an active spike train, in Hz.
  public var rate: Float = 50
  /// Probability that a symbol becomes the command that is due.
  public var commandProbability = 1.0 / 7
  /// The splits; training examples are new every time, as published.
  public var examples = ExampleCounts(training: 0, validation: 128, test: 1280)

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("symbols", \.symbols, in: 3...1000, "Symbols of a sequence."),
      .integer("symbolSteps", \.symbolSteps, in: 1...100_000, "Steps of a symbol, in ms."),
      .integer("groupSize", \.groupSize, in: 1...10_000, "Spike trains of each of the groups."),
      .number("rate", \.rate, in: 0...1000, "Rate of an active spike train, in Hz."),
      .number(
        "commandProbability", \.commandProbability, in: 0.01...0.9,
        "Probability that a symbol becomes the command that is due."),
      .object("examples", \.examples, "How many examples there are."),
    ]
  }

  /// - Throws: `ConfigurationError` where hardly any sequence makes sense, so that none would be found.
  public func validate(at path: JSONPath) throws {
    guard acceptance >= Self.smallestAcceptance else {
      throw ConfigurationError(
        path.appending("commandProbability"),
        "at \(commandProbability) hardly any \(symbols) symbols recall all that they store",
        remedy: "Use fewer symbols, or make commands rarer.")
    }
  }

  /// A sequence is drawn in a few milliseconds.
  private static let smallestAcceptance = 1e-4

  /// The share of proposals that make sense.
  private var acceptance: Double {
    let p = commandProbability
    // Probabilities of having stored nothing yet, something that was recalled, something for which the value is
    // due, and something that waits.
    var (fresh, recalled, due, waiting) = (1.0, 0.0, 0.0, 0.0)
    for _ in 0..<symbols {
      (fresh, recalled, due, waiting) = (
        (1 - p) * fresh, (1 - p) * recalled + p * waiting, p * (fresh + recalled),
        (1 - p) * (due + waiting)
      )
    }
    return recalled
  }

  /// Spikes a step, one of two classes as answer, averaged over a symbol.
  public var specification: SequenceSpecification {
    SequenceSpecification(
      name: Self.name, steps: symbols * symbolSteps, inputWidth: 4 * groupSize, outputWidth: 2,
      loss: .crossEntropy, averagesRuns: true, examples: examples)
  }

  /// One symbol.
  enum Symbol: Equatable {
    /// A value alone.
    case value(Int)
    /// The command to store, with the value.
    case store(Int)
    /// The command to recall, with what is to be answered.
    case recall(Int)

    /// The groups that spike.
    var groups: [Int] {
      switch self {
      case .value(let value): [value]
      case .store(let value): [value, 2]
      case .recall: [3]
      }
    }
  }

  /// Draws symbols until they make sense: something is stored before it is recalled, every stored
  /// value is recalled, and a value follows each STORE.
  func drawSymbols(using random: inout RandomStream) -> [Symbol] {
    while true {
      if let symbols = proposal(using: &random) { return symbols }
    }
  }

  /// Random values some of which have become commands; nil where they make no sense.
  private func proposal(using random: inout RandomStream) -> [Symbol]? {
    var values = (0..<symbols).map { _ in random.integer(below: 2) }
    // STORE is due first, then RECALL and STORE in turn, so that commands alternate.
    let commands = values.map { _ in random.uniformDouble() < commandProbability }
    let count = commands.count { $0 }
    guard count > 0, count % 2 == 0 else { return nil }
    var stored: Int?
    var result: [Symbol] = []
    for (index, isCommand) in commands.enumerated() {
      if !isCommand {
        result.append(.value(values[index]))
      } else if let value = stored {
        result.append(.recall(value))
        stored = nil
      } else {
        guard index + 1 < symbols, !commands[index + 1] else { return nil }
        stored = values[index + 1]
        result.append(.store(values[index + 1]))
        if random.integer(below: 2) == 1 { values[index + 1] = 1 - values[index + 1] }
      }
    }
    return result
  }

  /// Writes one sequence.
  public func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    var random = request.content.stream()
    let symbols = drawSymbols(using: &random)
    let probability = rate / 1000
    for (index, symbol) in symbols.enumerated() {
      for step in index * symbolSteps..<(index + 1) * symbolSteps {
        let input = slot.input(step)
        for group in symbol.groups {
          for train in group * groupSize..<(group + 1) * groupSize {
            if random.uniform() < probability { input[train] = 1 }
          }
        }
        if case .recall(let value) = symbol {
          slot.target(step)[0] = Float(value)
          slot.setWeight(1, at: step)
        }
      }
    }
  }
}
