import Autodiff
import Envs
import NeuroMod
import Tensor

/// The whole episodes of one shard's rows, all of the same length, simulated in lock-step.
///
/// Sequences are time-major, `[steps × rows × width]`. What the policy reads lies in the memory of its
/// shard of the acting executor.
final class EpisodeBatch {
  typealias Port = KLProximalPrograms.Port

  let rows: Int
  let steps: Int
  let environment: any VectorEnvironment
  let acting: Shard
  let value: Shard
  let actionSize: Int
  let actions: FloatBuffer
  let rewards: FloatBuffer
  let advantages: FloatBuffer
  /// Scaled discounted returns, what the critic learns.
  let targets: FloatBuffer
  /// Returns of the last episodes, by row.
  private(set) var returns: [EpisodeReturn]
  /// The first row whose episode did not end exactly with the last step, and where it ended.
  private(set) var misfit: (row: Int, step: Int)?
  private var noise: [RandomStream]
  private let nextValues: FloatBuffer
  private let ends: UnsafeMutablePointer<StepEnd>

  init(
    environment: any VectorEnvironment, acting: Shard, value: Shard, firstRow: Int, key: RandomKey
  ) {
    self.environment = environment
    self.acting = acting
    self.value = value
    rows = acting.rows
    steps = acting.steps
    let specification = environment.specification
    actionSize = specification.actionSpace.count
    actions = FloatBuffer(count: steps * rows * actionSize)
    rewards = FloatBuffer(count: steps * rows)
    advantages = FloatBuffer(count: steps * rows)
    targets = FloatBuffer(count: steps * rows)
    nextValues = FloatBuffer(count: steps * rows)
    ends = .allocate(capacity: steps * rows)
    ends.initialize(repeating: .running, count: steps * rows)
    noise = (0..<rows).map { (key / "policy" / (firstRow + $0)).stream() }
    returns = Array(
      repeating: EpisodeReturn(
        total: 0, discounted: 0, length: 0,
        counters: Array(repeating: 0, count: specification.counterNames.count)),
      count: rows)
  }

  deinit { ends.deallocate() }

  /// Plays one episode in every row, by samples of the policy or by its mean.
  func play(samples: Bool, discount: Double) {
    let observationSize = environment.specification.observationSpace.count
    let executedSize = environment.specification.executedActionSize
    let observations = acting.input(NetworkInput.Port.observation)
    let previousActions = acting.input(NetworkInput.Port.previousAction)
    let previousRewards = acting.input(NetworkInput.Port.previousReward)
    acting.resetStates()
    misfit = nil
    for row in 0..<rows {
      returns[row].total = 0
      returns[row].discounted = 0
      returns[row].length = steps
    }
    var power = 1.0
    for step in 0..<steps {
      (observations + step * rows * observationSize).update(
        from: environment.observations, count: rows * observationSize)
      if step > 0 {
        (previousActions + step * rows * executedSize).update(
          from: environment.executedActions, count: rows * executedSize)
        (previousRewards + step * rows).update(from: environment.rewards, count: rows)
      }
      acting.forward(step..<step + 1)
      let action = actions.pointer + step * rows * actionSize
      let mean = acting.output(Port.mean, step: step)
      if samples {
        let logVariance = acting.output(Port.logVariance, step: step)
        for row in 0..<rows {
          Gaussian.sample(
            mean: mean + row * actionSize, logVariance: logVariance + row * actionSize,
            size: actionSize, using: &noise[row], into: action + row * actionSize)
        }
      } else {
        action.update(from: mean, count: rows * actionSize)
      }
      environment.step(action)
      (rewards.pointer + step * rows).update(from: environment.rewards, count: rows)
      (ends + step * rows).update(from: environment.ends, count: rows)
      for row in 0..<rows {
        let reward = Double(environment.rewards[row])
        returns[row].total += reward
        returns[row].discounted += power * reward
        if environment.ends[row].isEnd != (step == steps - 1), misfit == nil {
          misfit = (row, step)
        }
      }
      power *= discount
    }
    let counters = environment.specification.counterNames.count
    for row in 0..<rows {
      for index in 0..<counters {
        returns[row].counters[index] = environment.counters[row * counters + index]
      }
    }
  }

  /// Values, advantages and targets of the episodes just played; rewards are multiplied by `scale`.
  func assess(estimator: GeneralizedAdvantage, scale: Float, timeLimitIsEnd: Bool) {
    for name in [
      NetworkInput.Port.observation, NetworkInput.Port.previousAction,
      NetworkInput.Port.previousReward,
    ] {
      acting.copyInput(name, to: value, steps: steps)
    }
    if !timeLimitIsEnd { loadFinalStep() }
    value.resetStates()
    value.forward(0..<(timeLimitIsEnd ? steps : steps + 1))
    let values = value.output(Port.value)
    let scaled = targets.pointer
    for i in 0..<steps * rows { scaled[i] = rewards.pointer[i] * scale }
    for row in 0..<rows {
      for step in 0..<steps {
        let i = step * rows + row
        nextValues.pointer[i] = step + 1 < steps || !timeLimitIsEnd ? values[i + rows] : 0
      }
      let last = (steps - 1) * rows + row
      if timeLimitIsEnd { ends[last] = .terminated }
      estimator.compute(
        steps: steps, stride: rows, reward: scaled + row, value: values + row,
        nextValue: nextValues.pointer + row, end: ends + row,
        advantage: advantages.pointer + row)
      var following = ends[last].isTerminal ? 0 : Double(nextValues.pointer[last])
      for step in (0..<steps).reversed() {
        let i = step * rows + row
        following = Double(scaled[i]) + estimator.discount * following
        targets.pointer[i] = Float(following)
      }
    }
  }

  /// Hands the critic what was seen after the last step: a time limit is no death.
  private func loadFinalStep() {
    let ports = [
      (NetworkInput.Port.observation, environment.finalObservations),
      (NetworkInput.Port.previousAction, environment.executedActions),
      (NetworkInput.Port.previousReward, environment.rewards),
    ]
    for (name, numbers) in ports {
      let count = rows * value.inputWidth(name)
      (value.input(name) + steps * count).update(from: numbers, count: count)
    }
  }

  // MARK: Storage

  func save(into archive: inout Archive, prefix: String) throws {
    try environment.save(into: &archive, prefix: "\(prefix)/environment")
    try archive.store(noise, "\(prefix)/noise")
  }

  func restore(from archive: Archive, prefix: String) throws {
    try environment.restore(from: archive, prefix: "\(prefix)/environment")
    let stored: [RandomStream] = try archive.value("\(prefix)/noise")
    guard stored.count == rows else {
      throw ArchiveError(
        name: "\(prefix)/noise", reason: "holds \(stored.count) streams where \(rows) belong")
    }
    noise = stored
  }
}
