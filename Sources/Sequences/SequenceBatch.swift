import Tensor

/// Memory for a batch of sequences, time-major: the number at step t, row r, column c of a port of
/// width w is `pointer[(t · rows + r) · w + c]`.
public final class SequenceBatch: @unchecked Sendable {
  /// The sizes.
  public let specification: SequenceSpecification
  /// How many sequences fit.
  public let rows: Int
  /// `[steps × rows × inputWidth]`
  public let inputs: UnsafeMutablePointer<Float>
  /// `[steps × rows × targetWidth]`
  public let targets: UnsafeMutablePointer<Float>
  /// `[steps × rows]`: how much an answer at that step counts; 0 where none is wanted.
  public let weights: UnsafeMutablePointer<Float>
  private let buffers: [FloatBuffer]

  /// Memory for `rows` sequences.
  ///
  /// - Parameter inputs: where inputs go, such as the input port of a network; nil for memory of the
  ///   batch's own. It has to live as long as the batch.
  public init(
    _ specification: SequenceSpecification, rows: Int,
    inputs: UnsafeMutablePointer<Float>? = nil
  ) {
    self.specification = specification
    self.rows = rows
    let places = specification.steps * rows
    let targetBuffer = FloatBuffer(count: places * specification.targetWidth)
    let weightBuffer = FloatBuffer(count: places)
    let inputBuffer = FloatBuffer(count: inputs == nil ? places * specification.inputWidth : 0)
    buffers = [inputBuffer, targetBuffer, weightBuffer]
    self.inputs = inputs ?? inputBuffer.pointer
    targets = targetBuffer.pointer
    weights = weightBuffer.pointer
  }

  /// Sets every number to zero.
  public func clear() {
    let places = specification.steps * rows
    inputs.update(repeating: 0, count: places * specification.inputWidth)
    targets.update(repeating: 0, count: places * specification.targetWidth)
    weights.update(repeating: 0, count: places)
  }

  /// The place of one sequence.
  public subscript(row: Int) -> ExampleSlot {
    precondition((0..<rows).contains(row), "row \(row) of \(rows)")
    return ExampleSlot(batch: self, row: row)
  }

  /// The sum of the weights of all answers.
  public var totalWeight: Double {
    var sum = 0.0
    for place in 0..<specification.steps * rows where isAnswer(place) {
      sum += Double(weights[place])
    }
    return sum
  }

  /// Whether an answer ends at a place, step · rows + row: every weighted step, or the last of a run.
  private func isAnswer(_ place: Int) -> Bool {
    guard weights[place] > 0 else { return false }
    let next = place + rows
    return !specification.averagesRuns || next >= specification.steps * rows || weights[next] <= 0
  }
}

/// Where one example is written: a row of a batch.
public struct ExampleSlot {
  private let specification: SequenceSpecification
  private let rows: Int
  private let inputs: UnsafeMutablePointer<Float>
  private let targets: UnsafeMutablePointer<Float>
  private let weights: UnsafeMutablePointer<Float>

  fileprivate init(batch: SequenceBatch, row: Int) {
    specification = batch.specification
    rows = batch.rows
    inputs = batch.inputs + row * batch.specification.inputWidth
    targets = batch.targets + row * batch.specification.targetWidth
    weights = batch.weights + row
  }

  /// What is shown at `step`.
  public func input(_ step: Int) -> UnsafeMutableBufferPointer<Float> {
    place(inputs, specification.inputWidth, step)
  }

  /// What is to be answered at `step`: values, a class, or bits of 0 and 1.
  public func target(_ step: Int) -> UnsafeMutableBufferPointer<Float> {
    place(targets, specification.targetWidth, step)
  }

  /// How much the answer at `step` counts.
  public func weight(at step: Int) -> Float { place(weights, 1, step)[0] }

  /// Asks for an answer at `step` that counts as much as `weight` says.
  public func setWeight(_ weight: Float, at step: Int) { place(weights, 1, step)[0] = weight }

  private func place(
    _ base: UnsafeMutablePointer<Float>, _ width: Int, _ step: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    precondition(
      (0..<specification.steps).contains(step), "step \(step) of \(specification.steps)")
    return UnsafeMutableBufferPointer(start: base + step * rows * width, count: width)
  }
}
