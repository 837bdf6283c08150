import Autodiff
import Envs
import NeuroMod
import Tensor

/// The steps of one shard's rows since the last update, over the ends of episodes.
///
/// The shard of the acting executor has room for one step more: the value of what follows the rollout.
/// Actions are as the loss sees them, choices as a single 1.
final class RolloutShard: Rollout {
  typealias Port = ActorCriticPrograms.Port

  let isDiscrete: Bool
  /// Episodes that ended in this rollout.
  private(set) var finished: [EpisodeReturn] = []
  /// The first number of the rollout that is not finite.
  private(set) var fault: Fault?

  /// One row of the last environment step, as the next network step reads it.
  private struct Memory: Codable {
    var begins: [Float]
    var previousActions: [Float]
    var previousRewards: [Float]
    var running: [EpisodeReturn]
    var powers: [Double]
    var states: [[Float]]
    var noise: [RandomStream]
  }

  private var memory: Memory
  /// What is remembered before the first step.
  private let blankMemory: Memory
  /// One step of the network, to value the last observation of an episode that was cut.
  private let valuing: Shard
  /// `[steps × rows × observation]` as the environments gave them; empty unless they are normalised.
  private let rawObservations: FloatBuffer
  /// `[steps × rows]` as the environments gave them.
  private let rawRewards: FloatBuffer
  private let environmentActions: FloatBuffer
  private let discount: Double
  /// What owns the memory of the shards, where nobody else does.
  private let executors: [Executor]

  /// All rows of `environment` in one shard, with executors of its own that are prepared once: the
  /// parameters stay as they are.
  convenience init(
    _ settings: ActorCriticSettings, programs: ActorCriticPrograms, parameters: ParameterStore,
    in environment: any VectorEnvironment, steps: Int, key: RandomKey
  ) {
    let executors = [steps + 1, 1].map { steps in
      Executor(
        programs.network, parameters: parameters, rows: [environment.count], steps: steps)
    }
    for executor in executors { executor.prepare() }
    self.init(
      environment: environment, programs: programs, acting: executors[0].shards[0],
      valuing: executors[1].shards[0], steps: steps, firstRow: 0, discount: settings.discount,
      keepsRawObservations: settings.normalizesObservations, key: key, executors: executors)
  }

  init(
    environment: any VectorEnvironment, programs: ActorCriticPrograms, acting: Shard,
    valuing: Shard, steps: Int, firstRow: Int, discount: Double,
    keepsRawObservations: Bool, key: RandomKey, executors: [Executor] = []
  ) {
    self.executors = executors
    self.valuing = valuing
    self.discount = discount
    isDiscrete = programs.isDiscrete
    let specification = environment.specification
    let rows = acting.rows
    rawObservations = FloatBuffer(
      count: keepsRawObservations ? steps * rows * specification.observationSpace.count : 0)
    rawRewards = FloatBuffer(count: steps * rows)
    environmentActions = FloatBuffer(count: rows * specification.actionSpace.count)
    let counters = [Float](repeating: 0, count: specification.counterNames.count)
    let blank = EpisodeReturn(total: 0, discounted: 0, length: 0, counters: counters)
    blankMemory = Memory(
      begins: Array(repeating: 1, count: rows),
      previousActions: Array(repeating: 0, count: rows * specification.executedActionSize),
      previousRewards: Array(repeating: 0, count: rows),
      running: Array(repeating: blank, count: rows),
      powers: Array(repeating: 1, count: rows),
      states: acting.stateWidths.map { Array(repeating: 0, count: $0 * rows) },
      noise: (0..<rows).map { (key / "policy" / (firstRow + $0)).stream() })
    memory = blankMemory
    finished.reserveCapacity(steps * rows)
    super.init(
      environment: environment, acting: acting, steps: steps, actionSize: programs.policySize)
  }

  /// `[steps × rows]`: steps of the trial so far, those before the rollout left out.
  override var historyLengths: [Int] {
    let begins = acting.input(Port.begins)
    var lengths = [Int](repeating: 1, count: steps * rows)
    for place in rows..<steps * rows where begins[place] == 0 {
      lengths[place] = lengths[place - rows] + 1
    }
    return lengths
  }

  // MARK: Playing

  /// Steps all environments `steps` times, then computes advantages and targets.
  func play(
    estimator: GeneralizedAdvantage, observations normalizer: RunningNormalizer?,
    rewards scale: RewardScale, samples: Bool = true
  ) {
    finished.removeAll(keepingCapacity: true)
    fault = nil
    for index in acting.stateWidths.indices {
      acting.state(index).update(from: memory.states[index], count: memory.states[index].count)
    }
    for step in 0..<steps {
      present(environment.observations, normalizer, to: acting, step: step)
      if normalizer != nil { keepRawObservations(step) }
      acting.forward(step..<step + 1)
      act(step, samples: samples)
      environment.step(environmentActions.pointer)
      record(step, normalizer, scale)
    }
    for (index, width) in acting.stateWidths.enumerated() {
      let state = acting.state(index, step: steps)
      for i in 0..<width * rows { memory.states[index][i] = state[i] }
    }
    present(environment.observations, normalizer, to: acting, step: steps)
    acting.forward(steps..<steps + 1)
    assess(estimator)
  }

  /// Writes what a network reads: observations, and what is remembered of the step before.
  private func present(
    _ observations: UnsafePointer<Float>, _ normalizer: RunningNormalizer?, to shard: Shard,
    step: Int
  ) {
    if let normalizer {
      normalizer.normalize(
        observations, rows: rows,
        into: shard.input(NetworkInput.Port.observation, step: step))
    } else {
      shard.setInput(NetworkInput.Port.observation, step: step, to: observations)
    }
    shard.setInput(NetworkInput.Port.previousAction, step: step, to: memory.previousActions)
    shard.setInput(NetworkInput.Port.previousReward, step: step, to: memory.previousRewards)
    shard.setInput(Port.begins, step: step, to: memory.begins)
  }

  private func keepRawObservations(_ step: Int) {
    let count = rows * environment.specification.observationSpace.count
    (rawObservations.pointer + step * count).update(from: environment.observations, count: count)
  }

  private func act(_ step: Int, samples: Bool) {
    let policy = acting.output(Port.policy, step: step)
    let action = actions.pointer + step * rows * actionSize
    guard isDiscrete else {
      if samples {
        Gaussian.sample(
          mean: policy, logVariance: acting.output(Port.logVariance, step: step), size: actionSize,
          using: &memory.noise, into: action)
      } else {
        action.update(from: policy, count: rows * actionSize)
      }
      environmentActions.pointer.update(from: action, count: rows * actionSize)
      return
    }
    for row in 0..<rows {
      let logits = policy + row * actionSize
      let choice =
        samples
        ? Categorical.sample(logits: logits, count: actionSize, using: &memory.noise[row])
        : Categorical.mostLikely(logits: logits, count: actionSize)
      for i in 0..<actionSize { action[row * actionSize + i] = i == choice ? 1 : 0 }
      environmentActions.pointer[row] = Float(choice)
    }
  }

  /// Notes what the environments answered.
  private func record(_ step: Int, _ normalizer: RunningNormalizer?, _ scale: RewardScale) {
    let executed = environment.specification.executedActionSize
    let counters = environment.specification.counterNames.count
    var wasCut = false
    for row in 0..<rows {
      let reward = environment.rewards[row]
      let end = environment.ends[row]
      if !reward.isFinite, fault == nil { fault = Fault(quantity: "reward", step: step, row: row) }
      rawRewards.pointer[step * rows + row] = reward
      rewards.pointer[step * rows + row] = scale(reward)
      ends[step * rows + row] = end
      memory.running[row].total += Double(reward)
      memory.running[row].discounted += memory.powers[row] * Double(reward)
      memory.running[row].length += 1
      memory.powers[row] *= discount
      memory.previousRewards[row] = scale(reward)
      for i in 0..<executed {
        memory.previousActions[row * executed + i] = environment.executedActions[row * executed + i]
      }
      memory.begins[row] = 0
      if end == .truncated { wasCut = true }
    }
    if wasCut { valueFinalObservations(step, normalizer) }
    for row in 0..<rows where environment.ends[row].isEnd {
      for i in 0..<counters {
        memory.running[row].counters[i] = environment.counters[row * counters + i]
      }
      memory.running[row].trialEpisode = environment.trialEpisode(row: row)
      finished.append(memory.running[row])
      memory.running[row].total = 0
      memory.running[row].discounted = 0
      memory.running[row].length = 0
      memory.powers[row] = 1
      // Memory lasts for a trial: between its episodes the network remembers, feedback included.
      guard environment.endsTrial(row: row) else { continue }
      memory.begins[row] = 1
      memory.previousRewards[row] = 0
      for i in 0..<executed { memory.previousActions[row * executed + i] = 0 }
    }
  }

  /// The value of the last observation of rows whose episode was cut, by one step of a network that
  /// goes on from the present states.
  private func valueFinalObservations(_ step: Int, _ normalizer: RunningNormalizer?) {
    present(environment.finalObservations, normalizer, to: valuing, step: 0)
    for (index, width) in acting.stateWidths.enumerated() {
      valuing.state(index).update(from: acting.state(index, step: step + 1), count: width * rows)
    }
    valuing.forward(0..<1)
    let value = valuing.output(Port.value)
    for row in 0..<rows where environment.ends[row] == .truncated {
      nextValues.pointer[step * rows + row] = value[row]
    }
  }

  private func assess(_ estimator: GeneralizedAdvantage) {
    let values = acting.output(Port.value)
    for step in 0..<steps {
      for row in 0..<rows where ends[step * rows + row] != .truncated {
        nextValues.pointer[step * rows + row] = values[(step + 1) * rows + row]
      }
    }
    computeAdvantages(estimator, rewards: rewards.pointer, values: values)
    for i in 0..<steps * rows {
      targets.pointer[i] = advantages.pointer[i] + values[i]
      if !targets.pointer[i].isFinite, fault == nil {
        fault = Fault(quantity: "value", step: i / rows, row: i % rows)
      }
    }
  }

  /// Shows observations and rewards of the rollout to the statistics that normalise them.
  func observe(
    _ normalizer: inout RunningNormalizer?, _ rewardNormalizer: inout RewardNormalizer?,
    firstRow: Int
  ) {
    normalizer?.observe(rawObservations.pointer, rows: steps * rows)
    guard rewardNormalizer != nil else { return }
    for step in 0..<steps {
      for row in 0..<rows {
        rewardNormalizer?.observe(
          rawRewards.pointer[step * rows + row], row: firstRow + row,
          isEnd: ends[step * rows + row].isEnd)
      }
    }
  }

  // MARK: Storage

  func save(into archive: inout Archive, prefix: String) throws {
    try environment.save(into: &archive, prefix: "\(prefix)/environment")
    try archive.store(memory, "\(prefix)/memory")
  }

  func restore(from archive: Archive, prefix: String) throws {
    try environment.restore(from: archive, prefix: "\(prefix)/environment")
    let stored = try archive.value("\(prefix)/memory", completedBy: blankMemory)
    guard
      stored.begins.count == rows, stored.previousRewards.count == rows,
      stored.previousActions.count == memory.previousActions.count,
      stored.running.map(\.counters.count) == memory.running.map(\.counters.count),
      stored.powers.count == rows, stored.noise.count == rows,
      stored.states.map(\.count) == memory.states.map(\.count)
    else {
      throw ArchiveError(name: "\(prefix)/memory", reason: "belongs to another experiment")
    }
    memory = stored
  }
}
