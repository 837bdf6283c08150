import Autodiff
import NeuroMod
import Tensor

/// Updates an actor–critic from rollouts: in one piece, with the activations that the rollout left, or
/// in several passes over minibatches of windows.
final class MinibatchLearner {
  typealias Port = ActorCriticPrograms.Port

  /// What the signals of the network cost.
  private(set) var pricing: UpdatePricing
  private let settings: ActorCriticSettings
  private let parameters: ParameterStore
  private let rollouts: [RolloutShard]
  private let program: Program
  private let inputs: [String]
  /// The loss over whole rollouts: for updates in one piece and for old log-probabilities.
  private let whole: (losses: Executor, shards: [LearningShard], network: Executor)
  /// The network and the loss over minibatches; nil for updates in one piece.
  private let windows: (network: Executor, losses: Executor, shards: [LearningShard])?
  private let window: Int
  private let minibatchSize: Int
  /// `[steps × rows]` of each rollout.
  private let oldLogProbabilities: [FloatBuffer]
  /// Rows of each rollout, and the first row of each shard of a minibatch.
  private let rolloutRows: [Int]
  private let firstRows: [Int]
  /// All windows, their order in a pass, those of a minibatch, and how many of its shards' rows they
  /// fill. Kept for their memory.
  private var places: [Place] = []
  private var order: [Int] = []
  private var chosen: [Place] = []
  private var filled: [Int] = []

  init(
    _ settings: ActorCriticSettings, programs: ActorCriticPrograms, parameters: ParameterStore,
    acting: Executor, rollouts: [RolloutShard], pricing: UpdatePricing
  ) {
    self.settings = settings
    self.pricing = pricing
    program = programs.network
    self.parameters = parameters
    self.rollouts = rollouts
    inputs = programs.network.inputs.map(\.name)
    let noParameters = ParameterStore([], key: RandomKey(seed: 0))
    let objectives = [Port.policyLoss, Port.valueLoss, Port.entropy]
    func losses(rows: [Int], steps: Int) -> Executor {
      Executor(
        programs.loss, parameters: noParameters, rows: rows, steps: steps, objectives: objectives,
        inputGradients: programs.heads)
    }
    func pair(_ network: Executor, _ losses: Executor) -> [LearningShard] {
      zip(network.shards, losses.shards).map {
        LearningShard(network: $0, loss: $1, heads: programs.heads, settings: settings)
      }
    }
    let wholeLosses = losses(rows: rollouts.map(\.rows), steps: settings.rolloutSteps)
    whole = (wholeLosses, pair(acting, wholeLosses), acting)
    oldLogProbabilities = rollouts.map { FloatBuffer(count: $0.steps * $0.rows) }
    rolloutRows = rollouts.map(\.rows)

    let hasMemory = !programs.network.states.isEmpty
    let wanted = settings.window == 0 ? settings.rolloutSteps : settings.window
    window = hasMemory ? wanted : 1
    let count = settings.environments * settings.rolloutSteps / window
    minibatchSize = max(1, (count + settings.minibatches - 1) / settings.minibatches)
    // A clipped loss reads the probabilities before the update, which only windows are given.
    let isOnePiece =
      settings.epochs == 1 && settings.minibatches == 1 && settings.clipRange == 0
      && (!hasMemory || window == settings.rolloutSteps)
    if isOnePiece {
      windows = nil
      firstRows = []
    } else {
      let rows = Partition.sizes(of: minibatchSize, parts: min(settings.shards, minibatchSize))
      let network = Executor(
        programs.network, parameters: parameters, rows: rows, steps: window,
        objectives: programs.heads + pricing.objectives)
      let windowLosses = losses(rows: rows, steps: window)
      windows = (network, windowLosses, pair(network, windowLosses))
      firstRows = Partition.starts(of: rows)
    }
  }

  /// Learns from the rollouts as they are.
  func learn(
    optimizer: any ParameterUpdater, learningRate: Float, pool: ThreadPool,
    shuffling: inout RandomStream,
    iteration: Int, statistics: inout UpdateStatistics
  ) throws {
    pool.run(rollouts.count) { loadWhole($0) }
    guard let windows else {
      if settings.normalizesAdvantages { normalizeWholeAdvantages() }
      let count = settings.environments * settings.rolloutSteps
      price(whole.network, steps: settings.rolloutSteps, filled: rolloutRows)
      pool.run(rollouts.count) { index in
        whole.shards[index].backpropagate(
          count: count, filled: rollouts[index].rows, pricing: pricing)
      }
      try update(
        whole.network, whole.shards, filled: rolloutRows, count: count, optimizer, learningRate,
        iteration, &statistics)
      return
    }
    pool.run(rollouts.count) { index in
      whole.shards[index].passHeads()
      whole.shards[index].loss.forward(0..<settings.rolloutSteps)
      oldLogProbabilities[index].pointer.update(
        from: whole.shards[index].loss.output(Port.logProbability),
        count: oldLogProbabilities[index].count)
    }
    places.removeAll(keepingCapacity: true)
    for (shard, rollout) in rollouts.enumerated() {
      for first in stride(from: 0, to: settings.rolloutSteps, by: window) {
        for row in 0..<rollout.rows { places.append(Place(shard: shard, row: row, first: first)) }
      }
    }
    for _ in 0..<settings.epochs {
      shuffling.permute(places.count, into: &order)
      for start in stride(from: 0, to: order.count, by: minibatchSize) {
        choose(start..<min(start + minibatchSize, order.count), for: windows.shards)
        let scaling = settings.normalizesAdvantages ? advantageScaling(chosen) : (0, 1)
        windows.network.prepare()
        pool.run(windows.shards.count) { index in
          let shard = windows.shards[index]
          for row in 0..<filled[index] {
            load(chosen[firstRows[index] + row], scaling, into: shard, row: row)
          }
          shard.network.forward(0..<window)
        }
        price(windows.network, steps: window, filled: filled)
        pool.run(windows.shards.count) { index in
          windows.shards[index].backpropagate(
            count: chosen.count * window, filled: filled[index], pricing: pricing)
        }
        try update(
          windows.network, windows.shards, filled: filled, count: chosen.count * window, optimizer,
          learningRate, iteration, &statistics)
      }
    }
  }

  /// Where a window is: shard, row and first step.
  private struct Place {
    let shard: Int
    let row: Int
    let first: Int
  }

  /// Notes the windows at the positions `range` of the order as the next minibatch.
  private func choose(_ range: Range<Int>, for shards: [LearningShard]) {
    chosen.removeAll(keepingCapacity: true)
    for position in range { chosen.append(places[order[position]]) }
    filled.removeAll(keepingCapacity: true)
    for (index, shard) in shards.enumerated() {
      filled.append(min(shard.rows, max(0, chosen.count - firstRows[index])))
    }
  }

  /// Prices what the network has just run forward, in the first `filled` rows of each shard.
  private func price(_ network: Executor, steps: Int, filled: [Int]) {
    guard pricing.isPriced else { return }
    pricing.price(network.shards, steps: { _ in steps }, rows: { shard, _ in filled[shard] })
  }

  private func update(
    _ network: Executor, _ shards: [LearningShard], filled: [Int], count: Int,
    _ optimizer: any ParameterUpdater, _ learningRate: Float, _ iteration: Int,
    _ statistics: inout UpdateStatistics
  ) throws {
    let gradient = network.reduceGradients()
    let norm = Optimizer.norm(gradient, count: parameters.layout.count)
    guard norm.isFinite else {
      throw NumericalError("gradient", gradient, of: parameters, iteration: iteration)
    }
    optimizer.update(
      parameters, gradient: gradient, learningRate: learningRate,
      scale: Optimizer.clippingScale(norm: norm, limit: settings.gradientNormLimit))
    func mean(_ name: String) -> Double {
      shards.indices.reduce(0) { $0 + shards[$1].sum(name, filled: filled[$1]) } / Double(count)
    }
    statistics.add(
      policyLoss: mean(Port.policyLoss), valueLoss: mean(Port.valueLoss),
      entropy: mean(Port.entropy), gradientNorm: norm)
  }

  // MARK: Reporting

  /// Begins an iteration, over which prices are averaged.
  func beginIteration() { pricing.restart() }

  /// The mean price of the iteration's updates, and the multiply–adds of a step: of the updates, where
  /// these are made in one piece together with the playing before them.
  ///
  /// - Parameter updates: how many there were.
  func metrics(updates: Int) -> [Metric] {
    let (executor, forward, backward) =
      if let windows {
        (windows.network, window, window)
      } else {
        (whole.network, settings.rolloutSteps + 1, settings.rolloutSteps)
      }
    let rows = updates * executor.shards.reduce(0) { $0 + $1.rows }
    return pricing.metrics("train/penalty")
      + executor.takeOperationMetrics(
        of: program, forwardSteps: rows * forward, backwardSteps: rows * backward)
  }

  // MARK: Loading

  /// Hands actions, advantages and targets of a whole rollout to its loss.
  private func loadWhole(_ index: Int) {
    let (rollout, loss) = (rollouts[index], whole.shards[index].loss)
    loss.input(Port.action).update(from: rollout.actions.pointer, count: rollout.actions.count)
    loss.input(Port.advantage).update(
      from: rollout.advantages.pointer, count: rollout.advantages.count)
    loss.input(Port.target).update(from: rollout.targets.pointer, count: rollout.targets.count)
  }

  private func normalizeWholeAdvantages() {
    let places = rollouts.indices.flatMap { shard in
      (0..<rollouts[shard].rows).flatMap { row in
        stride(from: 0, to: settings.rolloutSteps, by: window).map {
          Place(shard: shard, row: row, first: $0)
        }
      }
    }
    let (mean, factor) = advantageScaling(places)
    for shard in whole.shards {
      let advantage = shard.loss.input(Port.advantage)
      for i in 0..<shard.steps * shard.rows { advantage[i] = (advantage[i] - mean) * factor }
    }
  }

  /// The mean of advantages, and one over their standard deviation.
  private func advantageScaling(_ places: [Place]) -> (mean: Float, factor: Float) {
    let count = Double(places.count * window)
    func sum(_ value: (Double) -> Double) -> Double {
      var total = 0.0
      for place in places {
        let rollout = rollouts[place.shard]
        for step in place.first..<place.first + window {
          total += value(Double(rollout.advantages.pointer[step * rollout.rows + place.row]))
        }
      }
      return total
    }
    guard count > 1 else { return (0, 1) }
    let mean = sum { $0 } / count
    let variance = sum { ($0 - mean) * ($0 - mean) } / (count - 1)
    return (Float(mean), Float(1 / (variance.squareRoot() + 1e-8)))
  }

  /// Copies one window into a row of a minibatch.
  private func load(
    _ place: Place, _ scaling: (mean: Float, factor: Float), into target: LearningShard, row: Int
  ) {
    let rollout = rollouts[place.shard]
    func copy(
      _ source: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, width: Int
    ) {
      for step in 0..<window {
        (destination + (step * target.rows + row) * width).update(
          from: source + ((place.first + step) * rollout.rows + place.row) * width, count: width)
      }
    }
    for name in inputs {
      copy(
        rollout.acting.input(name), target.network.input(name),
        width: rollout.acting.inputWidth(name))
    }
    for (state, width) in rollout.acting.stateWidths.enumerated() {
      (target.network.state(state) + row * width).update(
        from: rollout.acting.state(state, step: place.first) + place.row * width, count: width)
    }
    let loss = target.loss
    copy(rollout.actions.pointer, loss.input(Port.action), width: rollout.actionSize)
    copy(rollout.targets.pointer, loss.input(Port.target), width: 1)
    copy(oldLogProbabilities[place.shard].pointer, loss.input(Port.oldLogProbability), width: 1)
    let advantage = loss.input(Port.advantage)
    for step in 0..<window {
      let source = (place.first + step) * rollout.rows + place.row
      advantage[step * target.rows + row] =
        (rollout.advantages.pointer[source] - scaling.mean) * scaling.factor
    }
  }
}
