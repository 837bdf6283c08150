import Autodiff
import Envs
import NeuroMod
import Tensor

/// The environments of one shard, what happened in them step by step, and how good that was: what
/// agents that learn from their own experience have in common.
///
/// Sequences are time-major, `[steps × rows × width]`. What the network reads and says lies in the
/// memory of its shard of the acting executor.
class Rollout {
  /// What a network that acts reads.
  static let inputNames = [
    NetworkInput.Port.observation, NetworkInput.Port.previousAction,
    NetworkInput.Port.previousReward,
  ]

  /// A number that is not finite, and where it is.
  struct Fault {
    let quantity: String
    let step: Int
    let row: Int
  }

  let environment: any VectorEnvironment
  let acting: Shard
  let rows: Int
  let steps: Int
  /// Numbers of an action as the loss sees it.
  let actionSize: Int
  /// `[steps × rows × action]`
  let actions: FloatBuffer
  let rewards: FloatBuffer
  let advantages: FloatBuffer
  /// What the critic learns.
  let targets: FloatBuffer
  /// The value of what follows each step.
  let nextValues: FloatBuffer
  let ends: UnsafeMutablePointer<StepEnd>

  /// A rollout of `steps` steps, at most those of `acting`.
  init(environment: any VectorEnvironment, acting: Shard, steps: Int, actionSize: Int) {
    self.environment = environment
    self.acting = acting
    self.steps = steps
    self.actionSize = actionSize
    rows = acting.rows
    actions = FloatBuffer(count: steps * rows * actionSize)
    rewards = FloatBuffer(count: steps * rows)
    advantages = FloatBuffer(count: steps * rows)
    targets = FloatBuffer(count: steps * rows)
    nextValues = FloatBuffer(count: steps * rows)
    ends = .allocate(capacity: steps * rows)
    ends.initialize(repeating: .running, count: steps * rows)
  }

  deinit { ends.deallocate() }

  /// `[steps × rows]`: steps that the network remembers when it acts, the present one included. Its
  /// memory begins with the rollout.
  var historyLengths: [Int] { (0..<steps * rows).map { 1 + $0 / rows } }

  /// Sets the advantages from `[steps × rows]` rewards and values, `nextValues` and `ends`.
  func computeAdvantages(
    _ estimator: GeneralizedAdvantage, rewards: UnsafePointer<Float>,
    values: UnsafePointer<Float>
  ) {
    for row in 0..<rows {
      estimator.compute(
        steps: steps, stride: rows, reward: rewards + row, value: values + row,
        nextValue: nextValues.pointer + row, end: ends + row,
        advantage: advantages.pointer + row)
    }
  }
}

extension Archive {
  /// Stores what happened in the rollouts of all shards as evidence for people: observations as the
  /// network read them, actions, rewards, advantages and targets, each `[steps × rows × width]` with
  /// the rows of the shards side by side.
  mutating func store(evidenceOf rollouts: [Rollout]) {
    func sequence(
      _ name: String, width: Int, _ numbers: (Rollout) -> UnsafeMutablePointer<Float>
    ) {
      let steps = rollouts[0].steps
      var joined: [Float] = []
      for step in 0..<steps {
        for rollout in rollouts {
          let count = rollout.rows * width
          joined += UnsafeBufferPointer(start: numbers(rollout) + step * count, count: count)
        }
      }
      let rows = rollouts.reduce(0) { $0 + $1.rows }
      store(ArchivedTensor(joined, shape: [steps, rows, width]), name, in: .state)
    }
    let observation = NetworkInput.Port.observation
    sequence("observations", width: rollouts[0].acting.inputWidth(observation)) {
      $0.acting.input(observation)
    }
    sequence("actions", width: rollouts[0].actionSize) { $0.actions.pointer }
    sequence("rewards", width: 1) { $0.rewards.pointer }
    sequence("advantages", width: 1) { $0.advantages.pointer }
    sequence("targets", width: 1) { $0.targets.pointer }
  }
}
