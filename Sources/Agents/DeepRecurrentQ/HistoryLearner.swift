import Autodiff
import NeuroMod
import Tensor

/// Moves the values of a network towards their targets, on minibatches of histories.
///
/// The error counts at the last step of a history; its gradient flows through the whole history.
final class HistoryLearner {
  typealias Port = DeepRecurrentQPrograms.Port

  let optimizer: Optimizer
  private let parameters: ParameterStore
  private let executor: Executor
  private let firstRows: [Int]
  private let minibatch: Int
  private var drawing: RandomStream
  /// Indices of the drawn histories, and the same, longest first. Kept for their memory.
  private var drawn: [Int] = []
  private var sorted: [Int]
  /// By length: how many histories have it; then the place of the next one.
  private var places: [Int]

  init(
    program: Program, parameters: ParameterStore, sizes: [Int], horizon: Int, key: RandomKey
  ) {
    self.parameters = parameters
    optimizer = Optimizer(.adam(), count: parameters.layout.count)
    executor = Executor(
      program, parameters: parameters, rows: sizes, steps: horizon,
      objectives: [Port.squaredError])
    firstRows = Partition.starts(of: sizes)
    minibatch = sizes.reduce(0, +)
    drawing = (key / "minibatches").stream()
    sorted = Array(repeating: 0, count: minibatch)
    places = Array(repeating: 0, count: horizon + 1)
  }

  /// One update with histories drawn uniformly, with replacement.
  ///
  /// - Throws: ``NumericalError`` for a gradient that is not finite; then nothing has changed but the
  ///   random stream.
  func update(
    _ replay: HistoryReplay, discount: Float, learningRate: Float, gradientNormLimit: Double,
    pool: ThreadPool, iteration: Int, statistics: inout ValueStatistics
  ) throws {
    draw(from: replay)
    executor.prepare()
    pool.run(executor.shards.count) { index in
      let shard = executor.shards[index]
      let steps = load(replay, firstRow: firstRows[index], into: shard, discount: discount)
      shard.forward(0..<steps)
      shard.backward(steps)
    }
    let gradient = executor.reduceGradients()
    let norm = Optimizer.norm(gradient, count: parameters.layout.count)
    guard norm.isFinite else {
      let place = (0..<parameters.layout.count).first { !gradient[$0].isFinite } ?? 0
      throw NumericalError(
        quantity: "gradient of \(parameters.layout.parameter(at: place).name)",
        iteration: iteration)
    }
    optimizer.update(
      parameters, gradient: gradient, learningRate: learningRate,
      scale: gradientNormLimit > 0
        ? Optimizer.clippingScale(norm: norm, limit: gradientNormLimit) : 1)
    statistics.add(
      squaredError: mean(Port.squaredError, of: replay),
      value: mean(Port.chosenValue, of: replay), gradientNorm: norm,
      length: Double(sorted.reduce(0) { $0 + replay[$1].length }) / Double(minibatch))
  }

  /// Draws histories and sorts them by length, so that those of a shard need little padding.
  private func draw(from replay: HistoryReplay) {
    drawn.removeAll(keepingCapacity: true)
    for length in places.indices { places[length] = 0 }
    for _ in 0..<minibatch {
      let index = drawing.integer(below: replay.count)
      drawn.append(index)
      places[replay[index].length] += 1
    }
    var next = 0
    for length in places.indices.reversed() {
      (places[length], next) = (next, next + places[length])
    }
    for index in drawn {
      let length = replay[index].length
      sorted[places[length]] = index
      places[length] += 1
    }
  }

  /// Copies histories with their targets into a shard, padded with zeros, and returns the length of the
  /// longest. The derivative of the loss is the mask: it is not zero at last steps only.
  private func load(
    _ replay: HistoryReplay, firstRow: Int, into shard: Shard, discount: Float
  ) -> Int {
    let steps = replay[sorted[firstRow]].length
    for name in Self.inputs {
      shard.input(name).update(
        repeating: 0, count: steps * shard.rows * shard.inputWidth(name))
    }
    let mask = shard.cotangent(Port.squaredError)
    mask.update(repeating: 0, count: steps * shard.rows)
    let actionCount = shard.inputWidth(Port.action)
    for row in 0..<shard.rows {
      let index = sorted[firstRow + row]
      let transition = replay[index]
      replay.copyHistory(index, length: transition.length, to: shard, row: row)
      let place = (transition.length - 1) * shard.rows + row
      let nextValue =
        transition.isTerminal ? 0 : replay.nextValues.pointer[replay.slot(of: index)]
      shard.input(Port.action)[place * actionCount + transition.action] = 1
      shard.input(Port.target)[place] = transition.reward + discount * nextValue
      mask[place] = 1 / Float(minibatch)
    }
    shard.resetStates()
    return steps
  }

  private static let inputs = [
    NetworkInput.Port.observation, NetworkInput.Port.previousAction,
    NetworkInput.Port.previousReward, Port.action, Port.target,
  ]

  /// The mean of an output at the last steps of the histories.
  private func mean(_ name: String, of replay: HistoryReplay) -> Double {
    var sum = 0.0
    for (shard, firstRow) in zip(executor.shards, firstRows) {
      let stride = shard.outputStride(name)
      for row in 0..<shard.rows {
        let length = replay[sorted[firstRow + row]].length
        sum += Double(shard.output(name, step: length - 1)[row * stride])
      }
    }
    return sum / Double(minibatch)
  }

  // MARK: Storage

  func save(into archive: inout Archive, prefix: String) throws {
    optimizer.save(into: &archive, prefix: prefix)
    try archive.store(drawing, "\(prefix)/drawing")
  }

  func restore(from archive: Archive, prefix: String) throws {
    try optimizer.restore(from: archive, prefix: prefix)
    drawing = try archive.value("\(prefix)/drawing")
  }
}
