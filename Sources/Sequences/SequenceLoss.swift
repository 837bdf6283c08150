import Glibc
import Tensor

/// Judges answers: the loss of a batch, its derivative by what a network put out, and how many answers
/// are right.
///
/// ```
/// squared error          l = mean over columns of (y − t)²
/// cross-entropy          l = ln Σ exp y − y[class]
/// binary cross-entropy   l = mean over columns of ln(1 + exp y) − t y
/// ```
///
/// One judge serves one thread at a time: it keeps memory for its work.
public final class SequenceLoss: @unchecked Sendable {
  /// How an answer is judged.
  public enum Kind: String, Sendable, CaseIterable {
    /// Outputs are values.
    case squaredError
    /// Outputs are logits of classes, of which one is right.
    case crossEntropy
    /// Outputs are logits of bits.
    case binaryCrossEntropy

    /// What people call the loss.
    public var title: String {
      switch self {
      case .squaredError: "mean squared error"
      case .crossEntropy: "cross-entropy (nats)"
      case .binaryCrossEntropy: "cross-entropy (nats per bit)"
      }
    }

    /// Whether answers are right or wrong, so that there is an accuracy.
    public var hasAccuracy: Bool { self != .squaredError }
  }

  /// What a network put out: the number at step t, row r, column c is
  /// `base[t · stepStride + r · rowStride + c]`.
  public struct Outputs {
    let base: UnsafePointer<Float>
    let stepStride: Int
    let rowStride: Int

    /// Outputs at `base`.
    public init(_ base: UnsafePointer<Float>, stepStride: Int, rowStride: Int) {
      self.base = base
      self.stepStride = stepStride
      self.rowStride = rowStride
    }

    func row(_ row: Int, at step: Int) -> UnsafePointer<Float> {
      base + step * stepStride + row * rowStride
    }
  }

  private let specification: SequenceSpecification
  private let average: FloatBuffer
  private let derivative: FloatBuffer

  /// A judge of a task's answers.
  public init(_ specification: SequenceSpecification) {
    self.specification = specification
    average = FloatBuffer(count: specification.outputWidth)
    derivative = FloatBuffer(count: specification.outputWidth)
  }

  /// Judges the first `scores.count` rows of a batch.
  ///
  /// - Parameters:
  ///   - scores: receives what the answers of each row add up to.
  ///   - cotangents: `[steps × rows × outputWidth]`, receives the derivative of
  ///     `scale · Σ weight · loss` by the outputs, zero where no answer is wanted and in other rows.
  public func judge(
    _ batch: SequenceBatch, outputs: Outputs, scores: UnsafeMutableBufferPointer<ExampleScore>,
    cotangents: UnsafeMutablePointer<Float>? = nil, scale: Float = 1
  ) {
    let width = specification.outputWidth
    cotangents?.update(repeating: 0, count: specification.steps * batch.rows * width)
    for row in scores.indices {
      scores[row] = ExampleScore()
      var first = 0
      while first < specification.steps {
        guard batch.weights[first * batch.rows + row] > 0 else {
          first += 1
          continue
        }
        let end = endOfAnswer(from: first, in: batch, row: row)
        let answer = answer(first..<end, of: row, in: outputs)
        let place = (end - 1) * batch.rows + row
        let weight = batch.weights[place]
        let (loss, hits) = judge(
          answer, target: batch.targets + place * specification.targetWidth,
          scale: scale * weight / Float(end - first))
        scores[row].weight += Double(weight)
        scores[row].loss += Double(weight) * loss
        scores[row].hits += Double(weight) * hits
        if let cotangents {
          for step in first..<end {
            (cotangents + (step * batch.rows + row) * width).update(
              from: derivative.pointer, count: width)
          }
        }
        first = end
      }
    }
  }

  /// The step after the answer that begins at `first`.
  private func endOfAnswer(from first: Int, in batch: SequenceBatch, row: Int) -> Int {
    var end = first + 1
    guard specification.averagesRuns else { return end }
    while end < specification.steps, batch.weights[end * batch.rows + row] > 0 { end += 1 }
    return end
  }

  /// The mean output over some steps.
  private func answer(
    _ steps: Range<Int>, of row: Int, in outputs: Outputs
  ) -> UnsafePointer<Float> {
    if steps.count == 1 { return outputs.row(row, at: steps.lowerBound) }
    average.clear()
    for step in steps {
      let output = outputs.row(row, at: step)
      for column in 0..<average.count { average.pointer[column] += output[column] }
    }
    for column in 0..<average.count { average.pointer[column] /= Float(steps.count) }
    return UnsafePointer(average.pointer)
  }

  /// The loss of one answer and how right it is, 0 to 1; leaves `scale` times the derivative behind.
  private func judge(
    _ answer: UnsafePointer<Float>, target: UnsafePointer<Float>, scale: Float
  ) -> (loss: Double, hits: Double) {
    switch specification.loss {
    case .squaredError: (squaredError(answer, target, scale), 0)
    case .crossEntropy: crossEntropy(answer, target, scale)
    case .binaryCrossEntropy: binaryCrossEntropy(answer, target, scale)
    }
  }

  private func squaredError(
    _ answer: UnsafePointer<Float>, _ target: UnsafePointer<Float>, _ scale: Float
  ) -> Double {
    let width = specification.outputWidth
    var sum = 0.0
    for column in 0..<width {
      let error = answer[column] - target[column]
      sum += Double(error) * Double(error)
      derivative.pointer[column] = scale * 2 * error / Float(width)
    }
    return sum / Double(width)
  }

  private func crossEntropy(
    _ answer: UnsafePointer<Float>, _ target: UnsafePointer<Float>, _ scale: Float
  ) -> (loss: Double, hits: Double) {
    let width = specification.outputWidth
    let right = Int(target[0])
    precondition(
      (0..<width).contains(right), "\(specification.name): there is no class \(right) of \(width)")
    var largest = 0
    for column in 0..<width where answer[column] > answer[largest] { largest = column }
    var sum = 0.0
    for column in 0..<width { sum += exp(Double(answer[column]) - Double(answer[largest])) }
    let logarithm = Double(answer[largest]) + log(sum)
    for column in 0..<width {
      let probability = exp(Double(answer[column]) - logarithm)
      derivative.pointer[column] = scale * Float(probability - (column == right ? 1 : 0))
    }
    return (logarithm - Double(answer[right]), largest == right ? 1 : 0)
  }

  private func binaryCrossEntropy(
    _ answer: UnsafePointer<Float>, _ target: UnsafePointer<Float>, _ scale: Float
  ) -> (loss: Double, hits: Double) {
    let width = specification.outputWidth
    var (sum, hits) = (0.0, 0)
    for column in 0..<width {
      let (y, bit) = (Double(answer[column]), Double(target[column]))
      sum += max(y, 0) - bit * y + log1p(exp(-abs(y)))
      if (y > 0) == (bit > 0.5) { hits += 1 }
      derivative.pointer[column] = scale * Float(1 / (1 + exp(-y)) - bit) / Float(width)
    }
    return (sum / Double(width), Double(hits) / Double(width))
  }
}

/// What the answers of one example add up to.
public struct ExampleScore: Sendable, Equatable {
  /// The sum of the weights.
  public var weight = 0.0
  /// The weighted sum of the losses.
  public var loss = 0.0
  /// The weighted sum of how right the answers are, 0 to 1 each.
  public var hits = 0.0

  /// No answer.
  public init() {}

  /// Both together.
  public static func += (a: inout Self, b: Self) {
    a.weight += b.weight
    a.loss += b.loss
    a.hits += b.hits
  }

  /// The mean loss; NaN without answers.
  public var meanLoss: Double { loss / weight }
  /// The part of the answers that is right; NaN without answers.
  public var accuracy: Double { hits / weight }
}
