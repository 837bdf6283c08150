import Autodiff
import Envs
import NeuroMod
import Tensor

/// Episodes of a trained policy, step by step, with its inner signals open to view and its memory open
/// to a hold: what analyses of modulated networks are made of.
final class ProbedEpisodes {
  typealias Port = KLProximalPrograms.Port

  let rows: Int
  let environment: any VectorEnvironment
  let shard: Shard
  private(set) var step = 0
  private let executor: Executor
  private let iteration: Int
  private let actionSize: Int
  private let actions: FloatBuffer
  private var noise: [RandomStream]
  /// States and feedback that a hold keeps: by state, then previous action and reward.
  private var held: (states: [[Float]], action: [Float], reward: [Float])?
  private var previousAction: [Float]
  private var previousReward: [Float]

  /// Episodes at their beginning.
  ///
  /// - Parameter iteration: the iteration that left these parameters, for errors.
  init(
    program: Program, parameters: ParameterStore, iteration: Int,
    environment: any VectorEnvironment, key: RandomKey
  ) {
    self.environment = environment
    self.iteration = iteration
    rows = environment.count
    executor = Executor(program, parameters: parameters, rows: [rows], steps: 1)
    executor.prepare()
    shard = executor.shards[0]
    actionSize = environment.specification.actionSpace.count
    actions = FloatBuffer(count: rows * actionSize)
    noise = (0..<environment.count).map { (key / "policy" / $0).stream() }
    previousAction = Array(
      repeating: 0, count: rows * environment.specification.executedActionSize)
    previousReward = Array(repeating: 0, count: rows)
  }

  /// Keeps the memory and the feedback that the modulator sees as they are now, so that its signal
  /// stays the same while the main network goes on seeing the world.
  func hold() {
    let states = shard.stateWidths.indices.map { index in
      Array(UnsafeBufferPointer(start: shard.state(index), count: rows * shard.stateWidths[index]))
    }
    held = (states, previousAction, previousReward)
  }

  /// Lets memory and feedback go on from where they were held.
  func release() { held = nil }

  /// Forgets everything: episodes begin.
  func restart() {
    shard.resetStates()
    for i in previousAction.indices { previousAction[i] = 0 }
    for row in 0..<rows { previousReward[row] = 0 }
    step = 0
  }

  /// One step of all rows.
  ///
  /// - Throws: ``NumericalError`` for an action or a reward that is not finite.
  func advance() throws {
    if let held {
      for (index, state) in held.states.enumerated() {
        shard.state(index).update(from: state, count: state.count)
      }
    }
    shard.setInput(NetworkInput.Port.observation, to: environment.observations)
    shard.setInput(NetworkInput.Port.previousAction, to: held?.action ?? previousAction)
    shard.setInput(NetworkInput.Port.previousReward, to: held?.reward ?? previousReward)
    shard.advance()
    Gaussian.sample(
      mean: shard.output(Port.mean), logVariance: shard.output(Port.logVariance), size: actionSize,
      using: &noise, into: actions.pointer)
    try check("action", UnsafePointer(actions.pointer), width: actionSize)
    environment.step(actions.pointer)
    try check("reward", environment.rewards, width: 1)
    for i in previousAction.indices { previousAction[i] = environment.executedActions[i] }
    for row in 0..<rows { previousReward[row] = environment.rewards[row] }
    step += 1
  }

  private func check(_ quantity: String, _ numbers: UnsafePointer<Float>, width: Int) throws {
    guard let fault = (0..<rows * width).first(where: { !numbers[$0].isFinite }) else { return }
    throw NumericalError(
      quantity: quantity, iteration: iteration,
      place: "step \(step) of test episode \(fault / width)")
  }

  /// A row of a recorded signal at the step just taken.
  func signal(_ name: String, row: Int) -> [Double] {
    let stride = shard.outputStride(name)
    return (0..<stride).map { Double(shard.output(name)[row * stride + $0]) }
  }

  /// A counter's sum since the beginning of the episodes, over all rows.
  func counter(_ index: Int) -> Double {
    let count = environment.specification.counterNames.count
    return (0..<rows).reduce(0) { $0 + Double(environment.counters[$1 * count + index]) }
  }
}
