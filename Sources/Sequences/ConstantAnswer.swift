import Glibc
import Tensor

/// The best answer of those who do not look: always the same, namely what suits the training targets
/// best. What is learned is measured against it.
public struct ConstantAnswer: Sendable {
  /// The outputs.
  public let outputs: [Float]
  private let task: any SequenceTask
  private static let rows = 32

  /// The answer that fits the first `count` training examples best.
  public init(to task: any SequenceTask, count: Int, key: RandomKey) {
    self.task = task
    let specification = task.specification
    let limit = specification.examples[.training] ?? count
    var sums = [Double](repeating: 0, count: specification.outputWidth)
    var weights = 0.0
    Self.visit(task, count: min(count, limit), split: .training, key: key) { batch, rows in
      for step in 0..<specification.steps {
        for row in 0..<rows {
          let place = step * batch.rows + row
          let weight = Double(batch.weights[place])
          guard weight > 0 else { continue }
          weights += weight
          let target = batch.targets + place * specification.targetWidth
          if specification.loss == .crossEntropy {
            sums[Int(target[0])] += weight
          } else {
            for column in sums.indices { sums[column] += weight * Double(target[column]) }
          }
        }
      }
    }
    outputs = sums.map { sum in
      let mean = weights > 0 ? sum / weights : 0
      // What has never been seen keeps a small probability.
      let probability = min(max(mean, 1e-6), 1 - 1e-6)
      switch specification.loss {
      case .squaredError: return Float(mean)
      case .crossEntropy: return Float(log(probability))
      case .binaryCrossEntropy: return Float(log(probability / (1 - probability)))
      }
    }
  }

  /// The scores of the test examples.
  public func scores(key: RandomKey) -> [ExampleScore] {
    let loss = SequenceLoss(task.specification)
    var scores: [ExampleScore] = []
    outputs.withUnsafeBufferPointer { outputs in
      guard let base = outputs.baseAddress else { return }
      let count = task.specification.examples.test
      Self.visit(task, count: count, split: .test, key: key) { batch, rows in
        var part = [ExampleScore](repeating: ExampleScore(), count: rows)
        part.withUnsafeMutableBufferPointer {
          loss.judge(batch, outputs: .init(base, stepStride: 0, rowStride: 0), scores: $0)
        }
        scores += part
      }
    }
    return scores
  }

  /// Hands out examples `0 ..< count` of a split, batch by batch with the number of filled rows.
  private static func visit(
    _ task: any SequenceTask, count: Int, split: DataSplit, key: RandomKey,
    _ body: (SequenceBatch, Int) -> Void
  ) {
    let batch = SequenceBatch(task.specification, rows: rows)
    for first in stride(from: 0, to: count, by: rows) {
      let filled = min(rows, count - first)
      batch.clear()
      for row in 0..<filled {
        task.write(ExampleRequest(first + row, of: split, key: key), into: batch[row])
      }
      body(batch, filled)
    }
  }
}
