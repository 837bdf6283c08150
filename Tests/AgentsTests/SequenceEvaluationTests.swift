import Agents
import Configuration
import Sequences
import Tensor
import Testing

/// Validation and tests run windows of steps, so that long sequences need little memory.
@Suite struct SequenceEvaluationTests {
  private typealias Training = SequenceTraining

  /// Noise, an answer at once, and one that is the mean over steps of several windows.
  private struct LongNoise: SequenceTask {
    let specification = SequenceSpecification(
      name: "long-noise", steps: 100, inputWidth: 3, outputWidth: 2, loss: .crossEntropy,
      averagesRuns: true, examples: ExampleCounts(training: 0, validation: 0, test: 1))

    func write(_ request: ExampleRequest, into slot: ExampleSlot) {
      var random = request.content.stream()
      for step in 0..<specification.steps {
        for column in 0..<3 { slot.input(step)[column] = random.normal() }
      }
      for step in [0] + (50..<90) {
        slot.target(step)[0] = Float(request.index % 2)
        slot.setWeight(1, at: step)
      }
    }
  }

  /// Shards of one row run whole sequences at once, larger ones windows of 25 or 16 steps.
  @Test(arguments: [
    #""gru""#, #"{"name": "egru", "thresholdMean": 0.1}"#,
    #"{"name": "lsnn", "threshold": 0.1, "delays": 9, "adaptationTime": 50, "refractory": 1}"#,
  ])
  func windowsChangeNoBit(cell: String) throws {
    func scores(rows: Int, shards: Int, carriesState: Bool) throws -> [ExampleScore] {
      let trainer = try Training.trainer(
        #"{"network": {"name": "recurrent", "cell": \#(cell), "sizes": [9], "hidden": [],"#
          + #" "filterDecay": 0.8}, "batch": 16, "testBatch": \#(rows), "shards": \#(shards),"#
          + #" "carriesState": \#(carriesState)}"#, task: LongNoise(), threads: 2)
      guard case .examples(let scores, _, _) = try trainer.test(count: 37, key: RandomKey(seed: 2))
      else { return [] }
      return scores
    }
    let whole = try scores(rows: 1, shards: 1, carriesState: false)
    #expect(whole.count == 37 && Set(whole.map(\.loss)).count > 30)
    for (rows, shards) in [(5, 1), (16, 1), (16, 3)] {
      #expect(try scores(rows: rows, shards: shards, carriesState: false) == whole)
    }
    let carried = try scores(rows: 16, shards: 16, carriesState: true)
    #expect(carried != whole)
    #expect(try scores(rows: 16, shards: 1, carriesState: true) == carried)
  }

  /// Silence of some length.
  private struct Silence: SequenceTask {
    let specification: SequenceSpecification

    init(steps: Int) {
      specification = SequenceSpecification(
        name: "silence", steps: steps, inputWidth: 8, outputWidth: 2, loss: .crossEntropy,
        examples: ExampleCounts(training: 0, validation: 0, test: 1))
    }

    func write(_ request: ExampleRequest, into slot: ExampleSlot) {
      slot.setWeight(1, at: specification.steps - 1)
    }
  }

  /// With segments, inputs and answers grow with a sequence, and few other numbers; spikes do not, even
  /// where they have a price.
  @Test func memoryOfLongSequences() throws {
    /// Numbers by which the memory grows with each step of each sequence.
    func growth(segmentSteps: Int) throws -> Double {
      func size(steps: Int) throws -> Int {
        try Training.trainer(
          #"{"network": {"name": "recurrent", "sizes": [40], "hidden": [], "filterDecay": 0.95,"#
            + #" "cell": {"name": "lsnn", "adaptiveFraction": 0.5, "refractory": 3}},"#
            + #" "penalties": [{"signal": "activity", "weight": 0.1}],"#
            + #" "batch": 64, "segmentSteps": \#(segmentSteps)}"#, task: Silence(steps: steps)
        ).memorySize
      }
      return Double(try size(steps: 1024) - size(steps: 512)) / (512 * 64)
    }
    let segmented = try growth(segmentSteps: 32)
    // Training: 8 inputs, 2 answers and their derivatives. Tests: 8 inputs, 2 answers, a target and its
    // weight.
    #expect(segmented >= 24 && segmented < 44, "\(segmented)")
    #expect(try growth(segmentSteps: 0) > 2 * segmented)
  }
}
