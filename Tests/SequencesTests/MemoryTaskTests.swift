import Configuration
import Sequences
import Tensor
import Testing

/// The tasks against their definitions.
@Suite struct MemoryTaskTests {
  @Test func copyFirstInput() throws {
    let examples = Examples(try CopyFirstInput.make(#"{"length": 7}"#), count: 2000)
    for example in 0..<examples.count {
      #expect(examples.answers(example) == [6])
      #expect(examples.targets(example)[6] == examples.inputs(example)[0])
    }
    // Every step is normal by itself.
    for step in [0, 3, 6] {
      let values = (0..<2000).map { Double(examples.inputs($0)[step]) }
      let mean = values.reduce(0, +) / 2000
      let variance = values.reduce(0) { $0 + $1 * $1 } / 2000 - mean * mean
      #expect(abs(mean) < 4 / 2000.0.squareRoot())
      #expect(abs(variance - 1) < 4 * (2 / 2000.0).squareRoot())
    }
  }

  @Test func copyHiddenInput() throws {
    let task = try CopyFirstInput.make(#"{"length": 6, "format": "hidden"}"#)
    let examples = Examples(task, count: 1000)
    var places = [Int](repeating: 0, count: 6)
    for example in 0..<examples.count {
      let shown = examples.steps.filter { examples.inputs(example)[$0] != 0 }
      #expect(shown.count == 1)
      places[shown[0]] += 1
      #expect(examples.answers(example) == [5])
      #expect(examples.targets(example)[5] == examples.inputs(example)[shown[0]])
    }
    // Uniform over 0 … T − 2.
    #expect(places[5] == 0)
    for place in 0..<5 { #expect(abs(Double(places[place]) - 200) < 4 * 160.0.squareRoot()) }
  }

  /// The flags, the places, the query and the answers of each published format.
  @Test(arguments: ["v1", "plos", "warmup"], ["values", "signs"])
  func denoising(format: String, answer: String) throws {
    let task = try Denoising.make(
      #"{"format": "\#(format)", "length": 40, "padding": 20, "answer": "\#(answer)"}"#)
    let examples = Examples(task, count: 300)
    let relevantFlag: Float = format == "v1" ? 0 : 1
    let noiseFlag: Float = format == "v1" ? -1 : 0
    let queryFlag: Float = format == "v1" ? 1 : -1
    let query = ["v1": 40, "plos": 39, "warmup": 35][format] ?? 0
    #expect(task.specification.steps == ["v1": 41, "plos": 44, "warmup": 40][format])
    #expect(task.specification.outputWidth == (format == "v1" ? 5 : 1))
    #expect(
      task.specification.loss == (answer == "values" ? .squaredError : .binaryCrossEntropy))
    var seen = Set<Int>()
    for example in 0..<examples.count {
      let (values, flags) = (
        examples.inputs(example), examples.inputs(example, column: 1)
      )
      let relevant = (0..<query).filter { flags[$0] == relevantFlag }
      #expect(relevant.count == 5)
      seen.formUnion(relevant)
      #expect((0..<query).allSatisfy { flags[$0] == relevantFlag || flags[$0] == noiseFlag })
      #expect(flags[query] == queryFlag)
      switch format {
      case "v1": #expect(values[query] == 0)
      case "plos":
        #expect((query..<44).allSatisfy { values[$0] == 0 })
        #expect((query + 1..<44).allSatisfy { flags[$0] == 0 })
      default:
        #expect((query..<40).allSatisfy { values[$0] != 0 })
        #expect((query + 1..<40).allSatisfy { flags[$0] == 0 })
      }
      let expected = relevant.map { place -> Float in
        answer == "values" ? values[place] : (values[place] > 0 ? 1 : 0)
      }
      if format == "v1" {
        #expect(examples.answers(example) == [query])
        #expect((0..<5).map { examples.targets(example, column: $0)[query] } == expected)
      } else {
        #expect(examples.answers(example) == Array(query..<query + 5))
        #expect(Array(examples.targets(example)[query..<query + 5]) == expected)
      }
    }
    #expect(seen == Set(0..<20), "every step but the padding can be relevant")
  }

  /// The five places are drawn without replacement, each set as likely as any other.
  @Test func relevantPlacesAreUniform() throws {
    let task = try Denoising.make(#"{"format": "v1", "length": 6, "padding": 2, "values": 2}"#)
    let examples = Examples(task, count: 6000)
    var counts: [[Int]: Int] = [:]
    for example in 0..<examples.count {
      let flags = examples.inputs(example, column: 1)
      counts[(0..<6).filter { flags[$0] == 0 }, default: 0] += 1
    }
    #expect(counts.count == 6)
    for count in counts.values { #expect(abs(Double(count) - 1000) < 4 * 833.0.squareRoot()) }
  }

  @Test func paddingThatWouldOverwriteTheQueryIsRefused() {
    #expect(throws: ConfigurationError.self) {
      try Denoising.make(#"{"format": "warmup", "length": 40, "padding": 4}"#)
    }
    #expect(throws: ConfigurationError.self) {
      try Denoising.make(#"{"format": "plos", "length": 40, "padding": 36}"#)
    }
  }

  @Test func signCopy() throws {
    let examples = Examples(try SignCopy.make(#"{"length": 20}"#), count: 400)
    var places = Set<Int>()
    for example in 0..<examples.count {
      let flags = examples.inputs(example, column: 1)
      let flagged = examples.steps.filter { flags[$0] == 1 }
      #expect(flagged.count == 1 && flags.reduce(0, +) == 1)
      places.insert(flagged[0])
      #expect(examples.answers(example) == [19])
      #expect(
        examples.targets(example)[19] == (examples.inputs(example)[flagged[0]] > 0 ? 1 : 0))
    }
    #expect(places == Set(0..<5), "the first quarter")
  }

  @Test func delayedCopy() throws {
    let task = try DelayedCopy.make(#"{"alphabet": 4, "symbols": 3, "delay": 5}"#)
    #expect(task.specification.steps == 11)
    let examples = Examples(task, count: 50)
    for example in 0..<examples.count {
      let shown = examples.steps.map { step in
        (0..<6).filter { examples.batch[example].input(step)[$0] == 1 }
      }
      #expect(shown.allSatisfy { $0.count == 1 })
      let letters = shown.map { $0[0] }
      #expect(letters[..<3].allSatisfy { $0 < 4 })
      #expect(letters[8] == 5, "the cue")
      #expect((letters[3..<8] + letters[9...]).allSatisfy { $0 == 4 }, "blanks")
      #expect(examples.answers(example) == [8, 9, 10])
      #expect(examples.targets(example)[8...].map(Int.init) == Array(letters[..<3]))
    }
  }

  /// Examples are the same whenever they are asked for, and new ones differ.
  @Test func examplesFollowFromTheRequest() throws {
    let task = try CopyFirstInput.make(#"{"length": 4}"#)
    let examples = Examples(task, count: 5)
    #expect(Examples(task, count: 9).inputs(4) == examples.inputs(4))
    #expect(Examples(task, count: 5, visit: 3).inputs(4) == examples.inputs(4))
    #expect(Examples(task, count: 5, split: .training).inputs(4) != examples.inputs(4))
    #expect(Examples(task, count: 5, seed: 6).inputs(4) != examples.inputs(4))
  }

  /// Without looking: the variance of what is asked, or the entropy of the classes.
  @Test func theConstantAnswerIsChance() throws {
    func total(_ task: any SequenceTask) -> ExampleScore {
      ConstantAnswer(to: task, count: 2000, key: RandomKey(seed: 3))
        .scores(key: RandomKey(seed: 3)).reduce(into: ExampleScore()) { $0 += $1 }
    }
    let copy = total(
      try CopyFirstInput.make(#"{"length": 3, "examples": {"training": 0, "test": 4000}}"#))
    #expect(abs(copy.meanLoss - 1) < 0.1)
    let sign = total(try SignCopy.make(#"{"length": 8}"#))
    #expect(abs(sign.meanLoss - 0.6931) < 0.01)
    #expect(abs(sign.accuracy - 0.5) < 0.07)
    let letters = total(try DelayedCopy.make(#"{"alphabet": 8, "delay": 0}"#))
    #expect(abs(letters.meanLoss - 2.0794) < 0.01)
    #expect(abs(letters.accuracy - 0.125) < 0.02)
  }
}
