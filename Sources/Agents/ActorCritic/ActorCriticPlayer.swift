import Autodiff
import Envs
import Scenes
import Tensor

/// Plays with the most likely actions of an actor–critic, step by step.
final class ActorCriticPlayer: Player {
  private typealias Port = ActorCriticPrograms.Port

  let rollout: RolloutShard
  private let parameters: ParameterStore
  private let policySize: Int
  private let isDiscrete: Bool
  private let estimator: GeneralizedAdvantage
  private let normalizer: RunningNormalizer?
  private let rewardScale: RewardScale
  private let iteration: Int

  /// A player in `environment` with the parameters as they are.
  init(
    _ settings: ActorCriticSettings, programs: ActorCriticPrograms, parameters: ParameterStore,
    normalizer: RunningNormalizer?, rewardScale: RewardScale, iteration: Int,
    in environment: any VectorEnvironment, key: RandomKey
  ) {
    self.parameters = parameters
    self.normalizer = normalizer
    self.rewardScale = rewardScale
    self.iteration = iteration
    policySize = programs.policySize
    isDiscrete = programs.isDiscrete
    estimator = GeneralizedAdvantage(discount: settings.discount, lambda: settings.lambda)
    rollout = RolloutShard(
      settings, programs: programs, parameters: parameters, in: environment, steps: 1, key: key)
  }

  func step() throws {
    rollout.play(
      estimator: estimator, observations: normalizer, rewards: rewardScale, samples: false)
    if let fault = rollout.fault {
      throw NumericalError(
        quantity: fault.quantity, iteration: iteration,
        place: "a test in environment \(fault.row)")
    }
  }

  func show(on dashboard: inout Dashboard) {
    let acting = rollout.acting
    dashboard.curves("value", ["expected return": Double(acting.output(Port.value)[0])])
    if isDiscrete {
      dashboard.raster(
        "probabilities of actions",
        Categorical.probabilities(logits: acting.output(Port.policy), count: policySize))
    }
    dashboard.memory(of: acting, after: 1)
    dashboard.weights(of: parameters)
  }
}
