import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor

/// The whole episodes of one shard's rows, all of the same length, simulated in lock-step. The targets
/// are scaled discounted returns.
final class EpisodeBatch: Rollout {
  typealias Port = KLProximalPrograms.Port

  let value: Shard
  /// Returns of the last episodes, by row.
  private(set) var returns: [EpisodeReturn]
  /// The first row whose episode did not end exactly with the last step, and where it ended.
  private(set) var misfit: (row: Int, step: Int)?
  private var noise: [RandomStream]

  init(
    environment: any VectorEnvironment, acting: Shard, value: Shard, firstRow: Int, key: RandomKey
  ) {
    self.value = value
    let specification = environment.specification
    noise = (0..<acting.rows).map { (key / "policy" / (firstRow + $0)).stream() }
    returns = Array(
      repeating: EpisodeReturn(
        total: 0, discounted: 0, length: 0,
        counters: Array(repeating: 0, count: specification.counterNames.count)),
      count: acting.rows)
    super.init(
      environment: environment, acting: acting, steps: acting.steps,
      actionSize: specification.actionSpace.count)
  }

  /// The first number of the episodes that is not finite.
  var fault: Fault? {
    let sequences = [
      ("reward", rewards.pointer, 1), ("action", actions.pointer, actionSize),
      ("value target or advantage", advantages.pointer, 1),
    ]
    for (quantity, numbers, width) in sequences {
      for i in 0..<steps * rows * width where !numbers[i].isFinite {
        return Fault(quantity: quantity, step: i / (rows * width), row: i / width % rows)
      }
    }
    return nil
  }

  /// Plays one episode in every row, by samples of the policy or by its mean.
  func play(samples: Bool, discount: Double) {
    acting.resetStates()
    misfit = nil
    for row in 0..<rows {
      returns[row].total = 0
      returns[row].discounted = 0
      returns[row].length = steps
    }
    var power = 1.0
    for step in 0..<steps {
      acting.setInput(NetworkInput.Port.observation, step: step, to: environment.observations)
      if step > 0 {
        acting.setInput(
          NetworkInput.Port.previousAction, step: step, to: environment.executedActions)
        acting.setInput(NetworkInput.Port.previousReward, step: step, to: environment.rewards)
      }
      acting.forward(step..<step + 1)
      let action = actions.pointer + step * rows * actionSize
      let mean = acting.output(Port.mean, step: step)
      if samples {
        Gaussian.sample(
          mean: mean, logVariance: acting.output(Port.logVariance, step: step), size: actionSize,
          using: &noise, into: action)
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
      returns[row].trialEpisode = environment.trialEpisode(row: row)
      for index in 0..<counters {
        returns[row].counters[index] = environment.counters[row * counters + index]
      }
    }
  }

  /// Values, advantages and targets of the episodes just played; rewards are multiplied by `scale`.
  func assess(estimator: GeneralizedAdvantage, scale: Float, timeLimitIsEnd: Bool) {
    for name in Self.inputNames { acting.copyInput(name, to: value, steps: steps) }
    if !timeLimitIsEnd { loadFinalStep() }
    value.resetStates()
    value.forward(0..<(timeLimitIsEnd ? steps : steps + 1))
    let values = value.output(Port.value)
    let scaled = targets.pointer
    for i in 0..<steps * rows { scaled[i] = rewards.pointer[i] * scale }
    for i in 0..<steps * rows {
      nextValues.pointer[i] = i < (steps - 1) * rows || !timeLimitIsEnd ? values[i + rows] : 0
    }
    if timeLimitIsEnd {
      (ends + (steps - 1) * rows).update(repeating: .terminated, count: rows)
    }
    computeAdvantages(estimator, rewards: scaled, values: values)
    for row in 0..<rows {
      let last = (steps - 1) * rows + row
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
    value.setInput(
      NetworkInput.Port.observation, step: steps, to: environment.finalObservations)
    value.setInput(
      NetworkInput.Port.previousAction, step: steps, to: environment.executedActions)
    value.setInput(NetworkInput.Port.previousReward, step: steps, to: environment.rewards)
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

extension [EpisodeBatch] {
  /// Episodes must have the same length, and finite rewards, actions and values.
  ///
  /// - Throws: `ConfigurationError` for an episode that ended early, ``NumericalError`` for a
  ///   number that is not finite.
  func check(iteration: Int) throws {
    var firstRow = 0
    for batch in self {
      if let misfit = batch.misfit {
        throw ConfigurationError(
          JSONPath("environment"),
          misfit.step + 1 < batch.steps
            ? "an episode ended after \(misfit.step + 1) steps instead of \(batch.steps)"
            : "an episode goes on after the \(batch.steps) steps of its time limit",
          remedy: "This agent needs episodes of equal length; use an agent such as ppo.")
      }
      if let fault = batch.fault {
        throw NumericalError(
          quantity: fault.quantity, iteration: iteration,
          place: "step \(fault.step) of environment \(firstRow + fault.row)")
      }
      firstRow += batch.rows
    }
  }

  /// Subtracts from the advantages of the first `steps` steps their mean and divides by their
  /// standard deviation.
  func normalizeAdvantages(steps: Int) {
    var (sum, squares) = (0.0, 0.0)
    let count = Double(steps * reduce(0) { $0 + $1.rows })
    for batch in self {
      for i in 0..<steps * batch.rows { sum += Double(batch.advantages.pointer[i]) }
    }
    let mean = sum / count
    for batch in self {
      for i in 0..<steps * batch.rows {
        let difference = Double(batch.advantages.pointer[i]) - mean
        squares += difference * difference
      }
    }
    let deviation = (squares / count).squareRoot() + 1e-6
    for batch in self {
      for i in 0..<steps * batch.rows {
        batch.advantages.pointer[i] = Float(
          (Double(batch.advantages.pointer[i]) - mean) / deviation)
      }
    }
  }
}
