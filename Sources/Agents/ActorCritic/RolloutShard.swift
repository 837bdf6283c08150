import Autodiff
import Envs
import NeuroMod
import Tensor

/// The environments of one shard and what happened in them since the last update.
///
/// Sequences are time-major, `[steps × rows × width]`. What the network reads and says lies in the
/// memory of its shard of the acting executor, which has room for one step more: the value of what
/// follows the rollout.
final class RolloutShard {
  typealias Port = ActorCriticPrograms.Port

  let rows: Int
  let steps: Int
  let environment: any VectorEnvironment
  let acting: Shard
  let policySize: Int
  let isDiscrete: Bool
  /// `[steps × rows × policy]`: actions as the loss sees them; choices as a single 1.
  let actions: FloatBuffer
  let rewards: FloatBuffer
  let advantages: FloatBuffer
  let targets: FloatBuffer
  /// Episodes that ended in this rollout.
  private(set) var finished: [EpisodeReturn] = []
  /// The first number of the rollout that is not finite: what, step and row.
  private(set) var fault: (quantity: String, step: Int, row: Int)?

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
  /// One step of the network, to value the last observation of an episode that was cut.
  private let valuing: Shard
  /// `[steps × rows × observation]` as the environments gave them; empty unless they are normalised.
  private let rawObservations: FloatBuffer
  private let environmentActions: FloatBuffer
  private let nextValues: FloatBuffer
  private let ends: UnsafeMutablePointer<StepEnd>
  private let discount: Double

  init(
    environment: any VectorEnvironment, programs: ActorCriticPrograms, acting: Shard,
    valuing: Shard, steps: Int, firstRow: Int, discount: Double,
    keepsRawObservations: Bool, key: RandomKey
  ) {
    self.environment = environment
    self.acting = acting
    self.valuing = valuing
    self.steps = steps
    self.discount = discount
    rows = acting.rows
    policySize = programs.policySize
    isDiscrete = programs.isDiscrete
    let specification = environment.specification
    actions = FloatBuffer(count: steps * rows * policySize)
    rawObservations = FloatBuffer(
      count: keepsRawObservations ? steps * rows * specification.observationSpace.count : 0)
    environmentActions = FloatBuffer(count: rows * specification.actionSpace.count)
    rewards = FloatBuffer(count: steps * rows)
    advantages = FloatBuffer(count: steps * rows)
    targets = FloatBuffer(count: steps * rows)
    nextValues = FloatBuffer(count: steps * rows)
    ends = .allocate(capacity: steps * rows)
    ends.initialize(repeating: .running, count: steps * rows)
    let counters = [Float](repeating: 0, count: specification.counterNames.count)
    let blank = EpisodeReturn(total: 0, discounted: 0, length: 0, counters: counters)
    let rows = acting.rows
    memory = Memory(
      begins: Array(repeating: 1, count: rows),
      previousActions: Array(repeating: 0, count: rows * specification.executedActionSize),
      previousRewards: Array(repeating: 0, count: rows),
      running: Array(repeating: blank, count: rows),
      powers: Array(repeating: 1, count: rows),
      states: acting.stateWidths.map { Array(repeating: 0, count: $0 * rows) },
      noise: (0..<rows).map { (key / "policy" / (firstRow + $0)).stream() })
    finished.reserveCapacity(steps * rows)
  }

  deinit { ends.deallocate() }

  // MARK: Playing

  /// Steps all environments `steps` times, then computes advantages and targets.
  func play(
    estimator: GeneralizedAdvantage, observations normalizer: RunningNormalizer?,
    rewardScale: Float, samples: Bool = true
  ) {
    finished.removeAll(keepingCapacity: true)
    fault = nil
    for index in acting.stateWidths.indices {
      acting.state(index).update(from: memory.states[index], count: memory.states[index].count)
    }
    for step in 0..<steps {
      present(step, normalizer)
      acting.forward(step..<step + 1)
      act(step, samples: samples)
      environment.step(environmentActions.pointer)
      record(step, normalizer, rewardScale)
    }
    for (index, width) in acting.stateWidths.enumerated() {
      let state = acting.state(index, step: steps)
      for i in 0..<width * rows { memory.states[index][i] = state[i] }
    }
    present(steps, normalizer)
    acting.forward(steps..<steps + 1)
    assess(estimator)
  }

  /// Writes what the network reads at `step`.
  private func present(_ step: Int, _ normalizer: RunningNormalizer?) {
    let size = environment.specification.observationSpace.count
    let executed = environment.specification.executedActionSize
    let observation = acting.input(NetworkInput.Port.observation) + step * rows * size
    if let normalizer {
      if step < steps {
        (rawObservations.pointer + step * rows * size).update(
          from: environment.observations, count: rows * size)
      }
      normalizer.normalize(environment.observations, rows: rows, into: observation)
    } else {
      observation.update(from: environment.observations, count: rows * size)
    }
    (acting.input(NetworkInput.Port.previousAction) + step * rows * executed).update(
      from: memory.previousActions, count: rows * executed)
    (acting.input(NetworkInput.Port.previousReward) + step * rows).update(
      from: memory.previousRewards, count: rows)
    (acting.input(Port.begins) + step * rows).update(from: memory.begins, count: rows)
  }

  private func act(_ step: Int, samples: Bool) {
    let policy = acting.output(Port.policy, step: step)
    let action = actions.pointer + step * rows * policySize
    for row in 0..<rows {
      let head = policy + row * policySize
      let target = action + row * policySize
      if isDiscrete {
        let choice =
          samples
          ? Categorical.sample(logits: head, count: policySize, using: &memory.noise[row])
          : Categorical.mostLikely(logits: head, count: policySize)
        for i in 0..<policySize { target[i] = i == choice ? 1 : 0 }
        environmentActions.pointer[row] = Float(choice)
      } else {
        if samples {
          Gaussian.sample(
            mean: head,
            logVariance: acting.output(Port.logVariance, step: step) + row * policySize,
            size: policySize, using: &memory.noise[row], into: target)
        } else {
          target.update(from: head, count: policySize)
        }
        (environmentActions.pointer + row * policySize).update(from: target, count: policySize)
      }
    }
  }

  /// Notes what the environments answered.
  private func record(_ step: Int, _ normalizer: RunningNormalizer?, _ rewardScale: Float) {
    let executed = environment.specification.executedActionSize
    let counters = environment.specification.counterNames.count
    var wasCut = false
    for row in 0..<rows {
      let reward = environment.rewards[row]
      let end = environment.ends[row]
      if !reward.isFinite, fault == nil { fault = ("reward", step, row) }
      rewards.pointer[step * rows + row] = reward * rewardScale
      ends[step * rows + row] = end
      memory.running[row].total += Double(reward)
      memory.running[row].discounted += memory.powers[row] * Double(reward)
      memory.running[row].length += 1
      memory.powers[row] *= discount
      memory.previousRewards[row] = reward * rewardScale
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
    let size = environment.specification.observationSpace.count
    let observation = valuing.input(NetworkInput.Port.observation)
    if let normalizer {
      normalizer.normalize(environment.finalObservations, rows: rows, into: observation)
    } else {
      observation.update(from: environment.finalObservations, count: rows * size)
    }
    valuing.input(NetworkInput.Port.previousAction).update(
      from: memory.previousActions, count: memory.previousActions.count)
    valuing.input(NetworkInput.Port.previousReward).update(
      from: memory.previousRewards, count: rows)
    valuing.input(Port.begins).update(from: memory.begins, count: rows)
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
    for row in 0..<rows {
      estimator.compute(
        steps: steps, stride: rows, reward: rewards.pointer + row, value: values + row,
        nextValue: nextValues.pointer + row, end: ends + row,
        advantage: advantages.pointer + row)
    }
    for i in 0..<steps * rows {
      targets.pointer[i] = advantages.pointer[i] + values[i]
      if !targets.pointer[i].isFinite, fault == nil { fault = ("value", i / rows, i % rows) }
    }
  }

  /// Shows observations and rewards of the rollout to the statistics that normalise them.
  func observe(
    _ normalizer: inout RunningNormalizer?, _ rewardNormalizer: inout RewardNormalizer?,
    firstRow: Int, rewardScale: Float
  ) {
    normalizer?.observe(rawObservations.pointer, rows: steps * rows)
    guard rewardNormalizer != nil else { return }
    for step in 0..<steps {
      for row in 0..<rows {
        rewardNormalizer?.observe(
          rewards.pointer[step * rows + row] / rewardScale, row: firstRow + row,
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
    let stored: Memory = try archive.value("\(prefix)/memory")
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
