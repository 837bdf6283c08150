import Autodiff
import Configuration
import NeuroMod
import Tensor

/// Moves the values of a network towards their targets, on minibatches of histories.
///
/// The error counts at the last step of a history; its gradient flows through the whole history.
final class HistoryLearner {
  typealias Port = DeepRecurrentQPrograms.Port

  let optimizer: any ParameterUpdater
  /// What the signals of the network cost, over all steps of the histories.
  private var pricing: UpdatePricing
  private let program: Program
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
  /// Steps of all rows, padding included, that were run in this iteration.
  private var rowSteps = 0

  /// - Throws: `ConfigurationError` for penalties or rewiring that do not suit the network.
  init(
    _ options: DeepRecurrentQOptions, program: Program, parameters: ParameterStore, sizes: [Int],
    horizon: Int, key: RandomKey
  ) throws {
    self.parameters = parameters
    self.program = program
    optimizer = try options.rewiring.updater(
      around: Optimizer(.adam(), count: parameters.layout.count), of: parameters,
      key: key / "rewiring", at: JSONPath("agent.rewiring"))
    pricing = try UpdatePricing(
      options.penalties, in: program, apartFrom: DeepRecurrentQPrograms.objectives,
      at: JSONPath("agent.penalties"))
    executor = Executor(
      program, parameters: parameters, rows: sizes, steps: horizon,
      objectives: [Port.squaredError] + pricing.objectives, keepsStates: false)
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
      load(replay, firstRow: firstRows[index], into: shard, discount: discount)
      shard.forward(0..<steps(replay, index))
    }
    if !pricing.signals.isEmpty {
      pricing.price(
        executor.shards, steps: { steps(replay, $0) }, rows: { rows(replay, $0, at: $1) })
    }
    pool.run(executor.shards.count) { index in
      let (shard, steps) = (executor.shards[index], steps(replay, index))
      pricing.passDerivatives(to: shard, steps: steps) { rows(replay, index, at: $0) }
      shard.backward(steps)
    }
    for (index, shard) in executor.shards.enumerated() {
      rowSteps += shard.rows * steps(replay, index)
    }
    let gradient = executor.reduceGradients()
    let norm = Optimizer.norm(gradient, count: parameters.layout.count)
    guard norm.isFinite else {
      throw NumericalError("gradient", gradient, of: parameters, iteration: iteration)
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

  /// The length of the longest history of a shard, which is its first.
  private func steps(_ replay: HistoryReplay, _ shard: Int) -> Int {
    replay[sorted[firstRows[shard]]].length
  }

  /// How many rows of a shard hold a step of a history: the first ones, which are the longest.
  private func rows(_ replay: HistoryReplay, _ shard: Int, at step: Int) -> Int {
    var rows = executor.shards[shard].rows
    while rows > 0, replay[sorted[firstRows[shard] + rows - 1]].length <= step { rows -= 1 }
    return rows
  }

  /// Copies histories with their targets into a shard, padded with zeros. The derivative of the loss is
  /// the mask: it is not zero at last steps only.
  private func load(
    _ replay: HistoryReplay, firstRow: Int, into shard: Shard, discount: Float
  ) {
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

  // MARK: Reporting

  /// Begins an iteration, over which prices are averaged.
  func beginIteration() {
    pricing.restart()
    rowSteps = 0
  }

  /// The means of signals over the last histories, the mean price of the iteration's updates, the
  /// multiply–adds of a step, and what deep rewiring did.
  var metrics: [Metric] {
    pricing.signalMetrics + pricing.metrics("train/penalty")
      + executor.takeOperationMetrics(
        of: program, forwardSteps: rowSteps, backwardSteps: rowSteps)
      + optimizer.rewiringMetrics(of: parameters)
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
