import Autodiff
import Sequences
import Tensor

/// A part of a batch of sequences: examples, network, answers and their loss.
final class SequenceShard {
  let network: Shard
  /// What the answers of each row add up to.
  private(set) var scores: [ExampleScore]
  /// The row of the whole batch that is this shard's first.
  let firstRow: Int
  private let batch: SequenceBatch
  private let loss: SequenceLoss
  private let signals: [PenalizedSignal]
  /// Sums over rows and steps, unit by unit, of one signal after the other.
  private(set) var signalSums: [Double]

  init(
    _ network: Shard, firstRow: Int, specification: SequenceSpecification,
    signals: [PenalizedSignal]
  ) {
    self.network = network
    self.firstRow = firstRow
    self.signals = signals
    batch = SequenceBatch(
      specification, rows: network.rows, inputs: network.input(SequenceTrainer.inputPort))
    loss = SequenceLoss(specification)
    scores = Array(repeating: ExampleScore(), count: network.rows)
    signalSums = Array(repeating: 0, count: signals.reduce(0) { $0 + $1.width })
  }

  /// The sum of the weights of all answers.
  var totalWeight: Double { batch.totalWeight }

  /// The scores of all rows together.
  var totalScore: ExampleScore { scores.reduce(into: ExampleScore()) { $0 += $1 } }

  /// Writes the examples of the first `filled` rows and runs the network over them.
  func forward(_ task: any SequenceTask, filled: Int, request: (_ row: Int) -> ExampleRequest) {
    batch.clear()
    for row in 0..<filled { task.write(request(firstRow + row), into: batch[row]) }
    network.forward(0..<batch.specification.steps)
    sumSignals()
  }

  /// Makes the states after the last step those before the first.
  func carryStates() { network.carryStates(from: network.steps) }

  /// Judges the answers of the first `filled` rows.
  func judge(filled: Int) {
    scores.withUnsafeMutableBufferPointer {
      loss.judge(batch, outputs: outputs, scores: .init(rebasing: $0[..<filled]))
    }
  }

  /// Judges the answers and runs the network backwards.
  ///
  /// - Parameters:
  ///   - scale: multiplies the sum of the weighted losses.
  ///   - signalGradients: the derivatives by each number of a signal, unit by unit.
  func backward(scale: Float, signalGradients: [Float]) {
    scores.withUnsafeMutableBufferPointer {
      loss.judge(
        batch, outputs: outputs, scores: $0,
        cotangents: network.cotangent(SequenceTrainer.outputPort), scale: scale)
    }
    var first = 0
    for signal in signals {
      let cotangent = network.cotangent(signal.output)
      signalGradients.withUnsafeBufferPointer { gradients in
        for place in 0..<network.steps * network.rows {
          for unit in 0..<signal.width {
            let index = place * signal.width + unit
            cotangent[index] = (signal.isRepeated ? cotangent[index] : 0) + gradients[first + unit]
          }
        }
      }
      first += signal.width
    }
    network.backward(network.steps)
  }

  private var outputs: SequenceLoss.Outputs {
    let stride = network.outputStride(SequenceTrainer.outputPort)
    return SequenceLoss.Outputs(
      network.output(SequenceTrainer.outputPort), stepStride: network.rows * stride,
      rowStride: stride)
  }

  private func sumSignals() {
    var first = 0
    for signal in signals {
      let values = network.output(signal.output)
      let stride = network.outputStride(signal.output)
      for unit in 0..<signal.width { signalSums[first + unit] = 0 }
      for place in 0..<network.steps * network.rows {
        for unit in 0..<signal.width {
          signalSums[first + unit] += Double(values[place * stride + unit])
        }
      }
      first += signal.width
    }
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
