import Autodiff
import Envs
import Scenes
import Tensor

/// Plays by the largest values that a ``DeepRecurrentQAgent`` has learned, step by step.
final class DeepRecurrentQPlayer: Player {
  private typealias Port = DeepRecurrentQPrograms.Port

  let episodes: EpisodePlayer
  private let parameters: ParameterStore
  private let actionCount: Int
  private let iteration: Int

  /// A player in `environment` with the parameters as they are.
  init(
    program: Program, parameters: ParameterStore, actionCount: Int, discount: Double,
    iteration: Int, in environment: any VectorEnvironment, key: RandomKey
  ) {
    self.parameters = parameters
    self.actionCount = actionCount
    self.iteration = iteration
    episodes = EpisodePlayer(
      environment: environment, program: program, parameters: parameters, discount: discount,
      key: key)
  }

  func step() throws {
    episodes.step(.greedy)
    guard let fault = episodes.fault else { return }
    throw NumericalError(
      quantity: fault.quantity, iteration: iteration,
      place: "step \(fault.step) of a test in environment \(fault.row)")
  }

  func show(on dashboard: inout Dashboard) {
    dashboard.signal("values of actions", of: episodes.shard, port: Port.values, width: actionCount)
    dashboard.memory(of: episodes.shard, after: 0)
    dashboard.weights(of: parameters)
  }
}
