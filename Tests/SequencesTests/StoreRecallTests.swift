import Configuration
import Sequences
import Tensor
import Testing

/// Store–recall, read back from the spikes.
@Suite struct StoreRecallTests {
  private static let count = 1500
  private let examples: Examples
  /// The active groups of each symbol: values 0 and 1, STORE, RECALL.
  private let symbols: [[[Int]]]

  init() throws {
    let examples = Examples(
      try StoreRecall.make(#"{"symbolSteps": 20, "groupSize": 8, "rate": 250}"#), count: Self.count)
    self.examples = examples
    symbols = (0..<Self.count).map { example in
      (0..<12).map { symbol in
        (0..<4).filter { group in
          (symbol * 20..<(symbol + 1) * 20).contains { step in
            (group * 8..<(group + 1) * 8).contains { examples.batch[example].input(step)[$0] > 0 }
          }
        }
      }
    }
  }

  @Test func commandsKeepTheRules() {
    for example in 0..<Self.count {
      var stored: Int?
      var recalls = 0
      for (index, groups) in symbols[example].enumerated() {
        switch groups {
        case [0], [1]: continue
        case [0, 2], [1, 2]:
          #expect(stored == nil, "STORE and RECALL alternate")
          stored = groups[0]
          #expect(index + 1 < 12 && [[0], [1]].contains(symbols[example][index + 1]))
        case [3]:
          let steps = Array(index * 20..<(index + 1) * 20)
          #expect(steps.allSatisfy { examples.batch[example].weight(at: $0) == 1 })
          #expect(
            steps.allSatisfy { examples.batch[example].target($0)[0] == stored.map(Float.init) })
          stored = nil
          recalls += 1
        default: #expect(Bool(false), "groups \(groups) in symbol \(index)")
        }
      }
      #expect(stored == nil && recalls > 0, "everything that is stored is recalled")
      #expect(examples.answers(example).count == recalls * 20)
    }
  }

  /// The value after STORE is not that which is to be stored in half of the cases.
  @Test func theNextValueIsInvertedHalfTheTime() {
    var (inverted, total) = (0.0, 0.0)
    for symbols in symbols {
      for index in symbols.indices where symbols[index].contains(2) {
        total += 1
        if symbols[index][0] != symbols[index + 1][0] { inverted += 1 }
      }
    }
    #expect(abs(inverted / total - 0.5) < 4 * (0.25 / total).squareRoot())
  }

  /// Commands come with the published probability, sequences that make no sense redrawn: the expected
  /// number of STOREs from all 2¹² patterns of commands.
  @Test func commandsAreAsFrequentAsTheyShouldBe() {
    var (mass, stores, squares) = (0.0, 0.0, 0.0)
    for pattern in 0..<1 << 12 {
      let places = (0..<12).filter { pattern >> $0 & 1 == 1 }
      guard !places.isEmpty, places.count % 2 == 0 else { continue }
      let isSound = stride(from: 0, to: places.count, by: 2).allSatisfy { store in
        places[store] + 1 < 12 && pattern >> (places[store] + 1) & 1 == 0
      }
      guard isSound else { continue }
      var probability = 1.0
      for place in 0..<12 { probability *= pattern >> place & 1 == 1 ? 1 / 7.0 : 6 / 7.0 }
      let count = Double(places.count / 2)
      mass += probability
      stores += probability * count
      squares += probability * count * count
    }
    let mean = stores / mass
    let variance = squares / mass - mean * mean
    let seen = symbols.reduce(0) { $0 + $1.count { $0.contains(2) } }
    let error = Double(seen) / Double(Self.count) - mean
    #expect(abs(error) < 4 * (variance / Double(Self.count)).squareRoot())
  }

  /// 50 Hz in 1 ms steps.
  @Test func activeTrainsHaveTheirRate() throws {
    let examples = Examples(try StoreRecall.make("{}"), count: 6)
    #expect(examples.task.specification.steps == 2400)
    #expect(examples.task.specification.inputWidth == 100)
    var (spikes, active) = (0, 0)
    for example in 0..<examples.count {
      for symbol in 0..<12 {
        for group in 0..<4 {
          let count = (symbol * 200..<(symbol + 1) * 200).reduce(0) { sum, step in
            let input = examples.batch[example].input(step)
            return sum + (group * 25..<(group + 1) * 25).count { input[$0] > 0 }
          }
          if count > 0 { (spikes, active) = (spikes + count, active + 200 * 25) }
        }
      }
    }
    let rate = Double(spikes) / Double(active)
    #expect(abs(rate - 0.05) < 4 * (0.05 * 0.95 / Double(active)).squareRoot())
  }

  /// Sequences are drawn until one makes sense; where that would take for ever, the options are refused.
  @Test(arguments: [(12, 0.9), (1000, 0.5), (1000, 1.0 / 7)])
  func hopelessOptionsAreRefused(symbols: Int, commandProbability: Double) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try StoreRecall.make(
        #"{"symbols": \#(symbols), "commandProbability": \#(commandProbability)}"#)
    }
    #expect(error?.path.description.hasSuffix("commandProbability") == true)
    _ = try StoreRecall.make(#"{"symbols": 3, "commandProbability": 0.5}"#)
    _ = try StoreRecall.make(#"{"symbols": 60, "commandProbability": 0.5}"#)
  }
}
