import Autodiff
import Sequences
import Tensor

/// A part of a batch of sequences to learn from: examples, network, answers and their loss.
final class SequenceShard {
  let network: Shard
  /// What the answers of each row add up to.
  private(set) var scores: [ExampleScore]
  /// The means of signals over the last sequences.
  private(set) var means: SignalMeans
  /// The row of the whole batch that is this shard's first.
  private let firstRow: Int
  private let batch: SequenceBatch
  private let loss: SequenceLoss

  init(
    _ network: Shard, firstRow: Int, specification: SequenceSpecification,
    signals: [Program.Port]
  ) {
    self.network = network
    self.firstRow = firstRow
    batch = SequenceBatch(
      specification, rows: network.rows, inputs: network.input(TaskProgram.inputPort))
    loss = SequenceLoss(specification)
    scores = Array(repeating: ExampleScore(), count: network.rows)
    means = SignalMeans(signals)
  }

  /// The sum of the weights of all answers.
  var totalWeight: Double { batch.totalWeight }

  /// The scores of all rows together.
  var totalScore: ExampleScore { scores.reduce(into: ExampleScore()) { $0 += $1 } }

  /// Writes the examples of all rows and runs the network over them.
  ///
  /// - Parameter noise: what the network's noise is drawn from.
  func forward(
    _ task: any SequenceTask, noise: RandomKey, request: (_ row: Int) -> ExampleRequest
  ) {
    network.drawNoise(noise, firstRow: firstRow)
    batch.clear()
    for row in 0..<network.rows { task.write(request(firstRow + row), into: batch[row]) }
    network.forward(0..<network.steps)
    means.clear()
    means.addTotals(of: network)
  }

  /// Makes the states after the last step those before the first; with `resetsBroken`, rows in which they are
  /// not finite begin anew.
  func carryStates(resetsBroken: Bool) {
    network.carryStates(from: network.steps)
    if resetsBroken { network.resetBrokenStates() }
  }

  /// Judges the answers and runs the network backwards.
  ///
  /// - Parameters:
  ///   - scale: multiplies the sum of the weighted losses.
  ///   - prices: what the means of the whole batch cost.
  func backward(scale: Float, prices: SignalPrices) {
    scores.withUnsafeMutableBufferPointer {
      loss.judge(
        batch, outputs: outputs, scores: $0,
        cotangents: network.cotangent(TaskProgram.outputPort), scale: scale)
    }
    prices.passTotalDerivatives(to: network)
    network.backward(network.steps)
  }

  private var outputs: SequenceLoss.Outputs {
    let stride = network.outputStride(TaskProgram.outputPort)
    return SequenceLoss.Outputs(
      network.output(TaskProgram.outputPort), stepStride: network.rows * stride,
      rowStride: stride)
  }

  /// Stores the states after the last step.
  func saveStates(into archive: inout Archive, prefix: String) {
    for (state, width) in network.stateWidths.enumerated() {
      let numbers = UnsafeBufferPointer(
        start: network.state(state, step: network.steps), count: network.rows * width)
      archive.store(
        ArchivedTensor(Array(numbers), shape: [network.rows, width]), "\(prefix)/state\(state)",
        in: .state)
    }
  }

  /// Restores what `saveStates` stored.
  ///
  /// - Throws: `ArchiveError` if a tensor is missing or of another size.
  func restoreStates(from archive: Archive, prefix: String) throws {
    for (state, width) in network.stateWidths.enumerated() {
      let numbers = try archive.floats(
        "\(prefix)/state\(state)", count: network.rows * width, in: .state)
      network.state(state, step: network.steps).update(from: numbers, count: numbers.count)
    }
  }
}
