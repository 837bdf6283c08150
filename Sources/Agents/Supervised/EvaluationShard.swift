import Autodiff
import Sequences
import Tensor

/// A part of a batch of sequences that a network answers without learning.
///
/// The network has memory for a window of steps; its states are carried from window to window, so
/// the answers are those of the whole sequences to the bit. They are judged when they are complete.
final class EvaluationShard {
  /// What the answers of each row add up to.
  private(set) var scores: [ExampleScore]
  /// How active the network has been since the first batch.
  private(set) var activity: SignalMeans
  /// The row of the whole batch that is this shard's first.
  let firstRow: Int
  private let network: Shard
  private let batch: SequenceBatch
  private let loss: SequenceLoss
  /// `[steps × rows × outputWidth]`
  private let answers: FloatBuffer

  init(
    _ network: Shard, firstRow: Int, specification: SequenceSpecification, activity: SignalMeans
  ) {
    self.network = network
    self.firstRow = firstRow
    self.activity = activity
    batch = SequenceBatch(specification, rows: network.rows)
    loss = SequenceLoss(specification)
    answers = FloatBuffer(count: specification.steps * network.rows * specification.outputWidth)
    scores = Array(repeating: ExampleScore(), count: network.rows)
  }

  /// Sequences that are run together.
  var rows: Int { network.rows }

  /// Numbers in memory.
  var memorySize: Int {
    let specification = batch.specification
    let example = specification.inputWidth + specification.targetWidth + 1
    return network.memorySize + answers.count + specification.steps * rows * example
  }

  /// Forgets what the network remembers, and how active it was.
  func reset() {
    network.resetStates()
    activity.clear()
  }

  /// Answers and judges the examples of the first `filled` rows.
  ///
  /// - Parameter carriesState: whether the network goes on from where the last sequences ended.
  func answer(
    _ task: any SequenceTask, filled: Int, carriesState: Bool,
    request: (_ row: Int) -> ExampleRequest
  ) {
    batch.clear()
    for row in 0..<filled { task.write(request(firstRow + row), into: batch[row]) }
    if !carriesState { network.resetStates() }
    let steps = batch.specification.steps
    for start in stride(from: 0, to: steps, by: network.steps) {
      run(start..<min(start + network.steps, steps), filled: filled)
    }
    let width = batch.specification.outputWidth
    scores.withUnsafeMutableBufferPointer {
      loss.judge(
        batch,
        outputs: .init(answers.pointer, stepStride: rows * width, rowStride: width),
        scores: .init(rebasing: $0[..<filled]))
    }
  }

  /// Runs the network over some steps of the sequences.
  private func run(_ window: Range<Int>, filled: Int) {
    let specification = batch.specification
    let inputSize = rows * specification.inputWidth
    network.input(TaskProgram.inputPort).update(
      from: batch.inputs + window.lowerBound * inputSize, count: window.count * inputSize)
    network.forward(0..<window.count)
    activity.add(network, steps: window.count, rows: filled)
    let width = specification.outputWidth
    let rowStride = network.outputStride(TaskProgram.outputPort)
    for step in 0..<window.count {
      let output = network.output(TaskProgram.outputPort, step: step)
      let answer = answers.pointer + (window.lowerBound + step) * rows * width
      for row in 0..<rows {
        (answer + row * width).update(from: output + row * rowStride, count: width)
      }
    }
    network.carryStates(from: window.count)
  }
}
