import Envs
import Tensor

/// Shows a random number x. The reward is x times the sum of the action, with so much noise that the
/// same action has advantages of both signs.
struct Products: Environment {
  var isDiscrete = false
  /// Numbers of a continuous action.
  var actionSize = 1
  var horizon: Int? = 4
  var observationSpace: BoxSpace { BoxSpace(count: 1, in: -1...1) }
  var actionSpace: ActionSpace {
    isDiscrete ? .discrete(2) : .continuous(BoxSpace(count: actionSize, in: -1...1))
  }

  func initialState(of task: OnlyTask, using random: inout RandomStream) -> Float {
    random.uniform(-1, 1)
  }
  func observe(
    _ state: Float, of task: OnlyTask, into observation: UnsafeMutableBufferPointer<Float>
  ) { observation[0] = state }
  func step(
    _ state: inout Float, of task: inout OnlyTask, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    var sum: Float = 0
    for index in action.indices {
      outcome.executedAction[index] = isDiscrete ? 2 * action[index] - 1 : action[index]
      sum += outcome.executedAction[index]
    }
    outcome.reward = sum * state + 1.5 * random.normal()
    state = random.uniform(-1, 1)
  }
}
