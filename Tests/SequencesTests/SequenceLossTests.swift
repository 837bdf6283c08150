import Foundation
import Sequences
import Tensor
import Testing

/// Losses against closed forms in double precision, their derivatives against differences of these.
@Suite struct SequenceLossTests {
  private static let (steps, rows) = (6, 5)

  /// Asks for answers in some steps, some of them in unbroken runs.
  private struct Questions: SequenceTask {
    let specification: SequenceSpecification

    init(_ loss: SequenceLoss.Kind, averages: Bool) {
      specification = SequenceSpecification(
        name: "questions", steps: SequenceLossTests.steps, inputWidth: 1, outputWidth: 3,
        loss: loss, averagesRuns: averages)
    }

    func write(_ request: ExampleRequest, into slot: ExampleSlot) {
      var random = request.content.stream()
      for step in [1, 2, 3, 5] {
        for column in 0..<specification.targetWidth {
          slot.target(step)[column] =
            switch specification.loss {
            case .squaredError: random.normal()
            case .crossEntropy: Float(random.integer(below: 3))
            case .binaryCrossEntropy: Float(random.integer(below: 2))
            }
        }
        slot.setWeight(random.uniform(0.5, 2), at: step)
      }
    }
  }

  /// The loss of one answer, and how right it is.
  private static func judge(
    _ answer: [Double], _ target: [Double], _ loss: SequenceLoss.Kind
  ) -> (loss: Double, hits: Double) {
    switch loss {
    case .squaredError:
      return (zip(answer, target).reduce(0) { $0 + pow($1.0 - $1.1, 2) } / 3, 0)
    case .crossEntropy:
      let right = Int(target[0])
      let sum = answer.reduce(0) { $0 + exp($1) }
      return (-log(exp(answer[right]) / sum), answer[right] == answer.max() ? 1 : 0)
    case .binaryCrossEntropy:
      let pairs = zip(answer.map { 1 / (1 + exp(-$0)) }, target)
      let loss = pairs.reduce(0) { $0 - $1.1 * log($1.0) - (1 - $1.1) * log(1 - $1.0) } / 3
      return (loss, Double(pairs.count { ($0 > 0.5) == ($1 == 1) }) / 3)
    }
  }

  @Test(arguments: SequenceLoss.Kind.allCases, [false, true])
  func agreesWithTheClosedForm(loss: SequenceLoss.Kind, averages: Bool) {
    let task = Questions(loss, averages: averages)
    let examples = Examples(task, count: Self.rows)
    var random = RandomKey(seed: 2).stream()
    var outputs = (0..<Self.steps * Self.rows * 3).map { _ in Double(random.normal()) }
    // Rows lie further apart than they are wide.
    let stride = 4
    func judged(_ cotangents: UnsafeMutablePointer<Float>?) -> [ExampleScore] {
      let memory = FloatBuffer(count: Self.steps * Self.rows * stride)
      for place in 0..<Self.steps * Self.rows {
        for column in 0..<3 {
          memory.pointer[place * stride + column] = Float(outputs[place * 3 + column])
        }
      }
      var scores = [ExampleScore](repeating: ExampleScore(), count: Self.rows)
      scores.withUnsafeMutableBufferPointer {
        SequenceLoss(task.specification).judge(
          examples.batch,
          outputs: .init(memory.pointer, stepStride: Self.rows * stride, rowStride: stride),
          scores: $0, cotangents: cotangents, scale: 0.7)
      }
      return scores
    }
    func expected(_ row: Int) -> ExampleScore {
      var score = ExampleScore()
      for steps in averages ? [[1, 2, 3], [5]] : [[1], [2], [3], [5]] {
        let last = steps[steps.count - 1]
        let answer = (0..<3).map { column in
          steps.reduce(0) { $0 + outputs[($1 * Self.rows + row) * 3 + column] }
            / Double(steps.count)
        }
        let slot = examples.batch[row]
        let (loss, hits) = Self.judge(answer, slot.target(last).map(Double.init), loss)
        let weight = Double(slot.weight(at: last))
        score.weight += weight
        score.loss += weight * loss
        score.hits += weight * hits
      }
      return score
    }
    let cotangents = FloatBuffer(Array(repeating: 99, count: Self.steps * Self.rows * 3))
    let scores = judged(cotangents.pointer)
    #expect(abs(scores.reduce(0) { $0 + $1.weight } - examples.batch.totalWeight) < 1e-6)
    for (row, score) in scores.enumerated() {
      let right = expected(row)
      #expect(abs(score.loss - right.loss) < 1e-5)
      #expect(abs(score.weight - right.weight) < 1e-6)
      #expect(abs(score.hits - right.hits) < 1e-6)
    }
    for place in outputs.indices {
      let row = place / 3 % Self.rows
      let value = outputs[place]
      outputs[place] = value + 1e-5
      let above = expected(row).loss
      outputs[place] = value - 1e-5
      let below = expected(row).loss
      outputs[place] = value
      let difference = 0.7 * (above - below) / 2e-5
      #expect(abs(Double(cotangents.pointer[place]) - difference) < 1e-5)
    }
  }

  /// Logits of a thousand must not overflow.
  @Test(arguments: [SequenceLoss.Kind.crossEntropy, .binaryCrossEntropy])
  func largeLogitsStayFinite(loss: SequenceLoss.Kind) {
    let task = Questions(loss, averages: false)
    let examples = Examples(task, count: Self.rows)
    let outputs = FloatBuffer(
      (0..<Self.steps * Self.rows * 3).map { $0 % 2 == 0 ? 1000 : -1000 })
    let cotangents = FloatBuffer(count: outputs.count)
    var scores = [ExampleScore](repeating: ExampleScore(), count: Self.rows)
    scores.withUnsafeMutableBufferPointer {
      SequenceLoss(task.specification).judge(
        examples.batch, outputs: .init(outputs.pointer, stepStride: Self.rows * 3, rowStride: 3),
        scores: $0, cotangents: cotangents.pointer)
    }
    #expect(scores.allSatisfy { $0.loss.isFinite && $0.loss >= 0 })
    #expect(cotangents.array.allSatisfy { $0.isFinite })
  }
}
