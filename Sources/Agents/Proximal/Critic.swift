import Autodiff
import NeuroMod
import Tensor

/// A value network that learns from the windows of the last few iterations.
final class Critic {
  typealias Port = KLProximalPrograms.Port

  /// Windows of one iteration: what the critic read, what it should have said, and the states in
  /// which it began, window after window.
  struct Windows {
    /// By input: `[windows × steps × width]`.
    var inputs: [[Float]]
    /// `[windows × steps]`
    var targets: [Float]
    /// By state: `[windows × width]`.
    var states: [[Float]]
    var count: Int
  }

  let parameters: ParameterStore
  let optimizer: any ParameterUpdater
  /// What the signals of the network cost.
  private(set) var pricing: UpdatePricing
  private let program: Program
  private let executor: Executor
  private let widths: [Int]
  private let window: Int
  private let minibatch: Int
  private(set) var data: [Windows] = []
  private var shuffling: RandomStream
  /// All windows, their order in a pass, and those of a minibatch. Kept for their memory.
  private var places: [(batch: Int, window: Int)] = []
  private var order: [Int] = []
  private var chosen: [(batch: Int, window: Int)] = []

  init(
    program: Program, parameters: ParameterStore, optimizer: any ParameterUpdater,
    pricing: UpdatePricing, minibatch: Int, window: Int, shards: Int, key: RandomKey
  ) {
    self.program = program
    self.parameters = parameters
    self.window = window
    self.minibatch = minibatch
    self.optimizer = optimizer
    self.pricing = pricing
    executor = Executor(
      program, parameters: parameters,
      rows: Partition.sizes(of: minibatch, parts: min(shards, minibatch)), steps: window,
      objectives: KLProximalPrograms.valueObjectives + pricing.objectives)
    let shard = executor.shards[0]
    widths = Rollout.inputNames.map { shard.inputWidth($0) }
    shuffling = (key / "critic").stream()
  }

  /// Adds the windows of one iteration and forgets the oldest beyond `limit` iterations.
  func remember(_ batches: [EpisodeBatch], learned: Int, limit: Int) {
    var windows = Windows(
      inputs: widths.map { _ in [] }, targets: [],
      states: executor.shards[0].stateWidths.map { _ in [] }, count: 0)
    for batch in batches {
      for first in stride(from: 0, to: learned, by: window) {
        for row in 0..<batch.rows {
          for (index, name) in Rollout.inputNames.enumerated() {
            let source = batch.acting.input(name)
            for step in first..<first + window {
              let start = (step * batch.rows + row) * widths[index]
              for column in 0..<widths[index] {
                windows.inputs[index].append(source[start + column])
              }
            }
          }
          for step in first..<first + window {
            windows.targets.append(batch.targets.pointer[step * batch.rows + row])
          }
          for (index, width) in executor.shards[0].stateWidths.enumerated() {
            let state = batch.value.state(index, step: first) + row * width
            for column in 0..<width { windows.states[index].append(state[column]) }
          }
          windows.count += 1
        }
      }
    }
    data.append(windows)
    if data.count > limit { data.removeFirst(data.count - limit) }
  }

  /// Learns for `epochs` passes and returns the mean squared error of the last pass, NaN without any,
  /// and what else there is to log.
  ///
  /// - Throws: ``NumericalError`` for an error or a gradient that is not finite, before it changes a
  ///   weight.
  func learn(
    epochs: Int, learningRate: Float, pool: ThreadPool, iteration: Int
  ) throws -> (error: Double, metrics: [Metric]) {
    places.removeAll(keepingCapacity: true)
    for batch in data.indices {
      for window in 0..<data[batch].count { places.append((batch, window)) }
    }
    pricing.restart()
    var error = Double.nan
    var updates = 0
    for _ in 0..<epochs {
      shuffling.permute(places.count, into: &order)
      var (sum, count) = (0.0, 0)
      for start in stride(from: 0, to: order.count, by: minibatch) {
        chosen.removeAll(keepingCapacity: true)
        for position in start..<min(start + minibatch, order.count) {
          chosen.append(places[order[position]])
        }
        executor.prepare()
        pool.run(executor.shards.count) { index in
          let shard = executor.shards[index]
          load(firstRow: firstRow(of: index), into: shard)
          shard.forward(0..<window)
        }
        if pricing.isPriced {
          pricing.price(
            executor.shards, steps: { [window] _ in window }, rows: { shard, _ in filled(shard) })
        }
        pool.run(executor.shards.count) { index in
          let shard = executor.shards[index]
          pricing.passDerivatives(to: shard, steps: window) { _ in filled(index) }
          shard.backward(window)
        }
        updates += 1
        sum += squaredError()
        count += chosen.count * window
        let gradient = executor.reduceGradients()
        guard Optimizer.norm(gradient, count: parameters.layout.count).isFinite else {
          throw NumericalError("value gradient", gradient, of: parameters, iteration: iteration)
        }
        guard sum.isFinite else {
          throw NumericalError(quantity: "value loss", iteration: iteration)
        }
        optimizer.update(
          parameters, gradient: gradient, learningRate: learningRate, scale: 1)
      }
      error = sum / Double(count)
    }
    let steps = updates * minibatch * window
    let operations = executor.takeOperationMetrics(
      "operations/critic", of: program, forwardSteps: steps, backwardSteps: steps)
    return (
      error,
      pricing.metrics("value/penalty") + operations
        + optimizer.rewiringMetrics(of: parameters, "rewiring/critic")
    )
  }

  /// Rows of a shard that hold windows of the minibatch.
  private func filled(_ shard: Int) -> Int {
    min(executor.shards[shard].rows, max(0, chosen.count - firstRow(of: shard)))
  }

  private func firstRow(of shard: Int) -> Int {
    executor.shards[..<shard].reduce(0) { $0 + $1.rows }
  }

  /// Copies the windows of the minibatch into a shard; rows beyond the last window count nothing.
  private func load(firstRow: Int, into shard: Shard) {
    let weight = 1 / Float(chosen.count * window)
    let cotangent = shard.cotangent(Port.squaredError)
    let target = shard.input(Port.target)
    for row in 0..<shard.rows {
      guard firstRow + row < chosen.count else {
        for step in 0..<window { cotangent[step * shard.rows + row] = 0 }
        continue
      }
      let (batch, place) = chosen[firstRow + row]
      for (index, name) in Rollout.inputNames.enumerated() {
        let width = widths[index]
        let to = shard.input(name)
        data[batch].inputs[index].withUnsafeBufferPointer { source in
          for step in 0..<window {
            for column in 0..<width {
              to[(step * shard.rows + row) * width + column] =
                source[(place * window + step) * width + column]
            }
          }
        }
      }
      for step in 0..<window {
        target[step * shard.rows + row] = data[batch].targets[place * window + step]
        cotangent[step * shard.rows + row] = weight
      }
      for (index, width) in shard.stateWidths.enumerated() {
        let state = shard.state(index) + row * width
        for column in 0..<width {
          state[column] = data[batch].states[index][place * width + column]
        }
      }
    }
  }

  /// The sum of squared errors of the minibatch.
  private func squaredError() -> Double {
    var sum = 0.0
    for (index, shard) in executor.shards.enumerated() {
      let rows = filled(index)
      let stride = shard.outputStride(Port.squaredError)
      for step in 0..<window {
        let errors = shard.output(Port.squaredError, step: step)
        for row in 0..<rows { sum += Double(errors[row * stride]) }
      }
    }
    return sum
  }

  // MARK: Storage

  func save(into archive: inout Archive, prefix: String) throws {
    parameters.save(into: &archive, prefix: prefix)
    optimizer.save(into: &archive, prefix: prefix)
    try archive.store(shuffling, "\(prefix)/shuffling")
    try archive.store(data.map(\.count), "\(prefix)/windows")
    for (batch, windows) in data.enumerated() {
      let path = "\(prefix)/data\(batch)"
      for (index, name) in Rollout.inputNames.enumerated() {
        archive.store(ArchivedTensor(windows.inputs[index]), "\(path)/\(name)", in: .state)
      }
      archive.store(ArchivedTensor(windows.targets), "\(path)/targets", in: .state)
      for (index, state) in windows.states.enumerated() {
        archive.store(ArchivedTensor(state), "\(path)/state\(index)", in: .state)
      }
    }
  }

  func restore(from archive: Archive, prefix: String) throws {
    try parameters.restore(from: archive, prefix: prefix)
    try optimizer.restore(from: archive, prefix: prefix)
    shuffling = try archive.value("\(prefix)/shuffling")
    let counts: [Int] = try archive.value("\(prefix)/windows")
    guard counts.allSatisfy({ $0 >= 0 && $0 <= 1 << 30 }) else {
      throw ArchiveError(name: "\(prefix)/windows", reason: "holds impossible counts")
    }
    data = try counts.enumerated().map { batch, count in
      let path = "\(prefix)/data\(batch)"
      return Windows(
        inputs: try Rollout.inputNames.enumerated().map { index, name in
          try archive.floats("\(path)/\(name)", count: count * window * widths[index], in: .state)
        },
        targets: try archive.floats("\(path)/targets", count: count * window, in: .state),
        states: try executor.shards[0].stateWidths.enumerated().map { index, width in
          try archive.floats("\(path)/state\(index)", count: count * width, in: .state)
        },
        count: count)
    }
  }
}
