import Autodiff
import Envs
import NeuroMod
import Tensor

/// Rows of environments in which a value network acts. It remembers an episode.
final class EpisodePlayer {
  typealias Port = DeepRecurrentQPrograms.Port

  let environment: any VectorEnvironment
  /// By row: the return of the episode, until the next one's first step.
  private(set) var returns: [EpisodeReturn]
  /// The first number that was not finite: what, in which row, and at which step of its episode.
  private(set) var fault: (quantity: String, row: Int, step: Int)?
  /// `[rows]`: the actions of the last step.
  let actions: FloatBuffer

  /// What the network reads, says and remembers.
  var shard: Shard { executor.shards[0] }

  private let executor: Executor
  private let discount: Double
  private let actionCount: Int
  private var powers: [Double]
  private var noise: [RandomStream]
  /// What the network reads beside observations.
  private let begins: FloatBuffer
  private let previousActions: FloatBuffer
  private let previousRewards: FloatBuffer

  /// A player at the beginning of an episode in each row of `environment`.
  init(
    environment: any VectorEnvironment, program: Program, parameters: ParameterStore,
    discount: Double, key: RandomKey
  ) {
    let (rows, specification) = (environment.count, environment.specification)
    self.environment = environment
    self.discount = discount
    executor = Executor(program, parameters: parameters, rows: [rows], steps: 1)
    actionCount = program.outputs[program.output(Port.values)].width
    actions = FloatBuffer(count: rows)
    begins = FloatBuffer(Array(repeating: 1, count: rows))
    previousActions = FloatBuffer(count: rows * specification.executedActionSize)
    previousRewards = FloatBuffer(count: rows)
    powers = Array(repeating: 1, count: rows)
    noise = (0..<rows).map { (key / "policy" / $0).stream() }
    let blank = EpisodeReturn(
      total: 0, discounted: 0, length: 0,
      counters: Array(repeating: 0, count: specification.counterNames.count))
    returns = Array(repeating: blank, count: rows)
  }

  /// Takes a step in every row. A policy that is always random does not look at the network; the same
  /// policy must act throughout an episode.
  func step(_ policy: ExplorationPolicy) {
    if policy.probability < 1 {
      present(to: shard)
      executor.prepare()
      shard.advance()
    }
    let values = shard.output(Port.values)
    let stride = shard.outputStride(Port.values)
    for row in 0..<environment.count {
      let action = policy.draw(using: &noise[row]) ?? greedyAction(values + row * stride, row: row)
      actions.pointer[row] = Float(action)
    }
    environment.step(actions.pointer)
    for row in 0..<environment.count { record(row) }
  }

  private func present(to shard: Shard) {
    func set(_ name: String, _ numbers: UnsafePointer<Float>) {
      shard.input(name).update(from: numbers, count: shard.rows * shard.inputWidth(name))
    }
    set(NetworkInput.Port.observation, environment.observations)
    set(NetworkInput.Port.previousAction, previousActions.pointer)
    set(NetworkInput.Port.previousReward, previousRewards.pointer)
    set(Port.begins, begins.pointer)
  }

  private func greedyAction(_ values: UnsafePointer<Float>, row: Int) -> Int {
    for action in 0..<actionCount where !values[action].isFinite {
      note("value of action \(action)", row: row)
    }
    return Categorical.mostLikely(logits: values, count: actionCount)
  }

  private func note(_ quantity: @autoclosure () -> String, row: Int) {
    guard fault == nil else { return }
    fault = (quantity(), row, begins.pointer[row] == 1 ? 0 : returns[row].length)
  }

  /// Notes what the environment answered.
  private func record(_ row: Int) {
    let reward = environment.rewards[row]
    if !reward.isFinite { note("reward", row: row) }
    if begins.pointer[row] == 1 {
      returns[row].total = 0
      returns[row].discounted = 0
      returns[row].length = 0
      powers[row] = 1
    }
    returns[row].total += Double(reward)
    returns[row].discounted += powers[row] * Double(reward)
    returns[row].length += 1
    powers[row] *= discount
    let hasEnded = environment.ends[row].isEnd
    let size = environment.specification.executedActionSize
    let executed = previousActions.pointer + row * size
    if hasEnded {
      begins.pointer[row] = 1
      previousRewards.pointer[row] = 0
      executed.update(repeating: 0, count: size)
      let counters = environment.specification.counterNames.count
      for i in 0..<counters {
        returns[row].counters[i] = environment.counters[row * counters + i]
      }
    } else {
      begins.pointer[row] = 0
      previousRewards.pointer[row] = reward
      executed.update(from: environment.executedActions + row * size, count: size)
    }
  }

  // MARK: Storage

  /// Stores everything, between two episodes.
  func save(into archive: inout Archive, prefix: String) throws {
    precondition(begins.array.allSatisfy { $0 == 1 }, "an episode is under way")
    try environment.save(into: &archive, prefix: "\(prefix)/environment")
    try archive.store(noise, "\(prefix)/noise")
  }

  /// Restores what `save` stored.
  func restore(from archive: Archive, prefix: String) throws {
    let stored: [RandomStream] = try archive.value("\(prefix)/noise")
    guard stored.count == noise.count else {
      throw ArchiveError(name: "\(prefix)/noise", reason: "belongs to another experiment")
    }
    try environment.restore(from: archive, prefix: "\(prefix)/environment")
    noise = stored
    begins.pointer.update(repeating: 1, count: begins.count)
    previousActions.clear()
    previousRewards.clear()
  }
}
