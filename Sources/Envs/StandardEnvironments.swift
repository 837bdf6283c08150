import Configuration
import Tensor

extension Registry<EnvironmentFactory> {
  /// The environments that come with MetaRL.
  public static var standard: Registry<EnvironmentFactory> {
    var registry = Registry(kind: "environment")
    registry.register(
      Entry(
        "nmd-benchmark1", "Point at a target that is off by a hidden bias.",
        options: BiasedTarget.Options.self
      ) {
        EnvironmentFactory(
          name: "nmd-benchmark1", BiasedTarget($0), rows: BiasedTarget.referenceRows)
      })
    registry.register(
      Entry(
        "nmd-benchmark2", "Reach a target in a wind of hidden direction.",
        options: WindyNavigation.Options.self
      ) {
        EnvironmentFactory(
          name: "nmd-benchmark2", WindyNavigation($0), rows: WindyNavigation.referenceRows)
      })
    registry.register(
      Entry(
        "nmd-benchmark3", "Tell the good target from the bad one by the reward alone.",
        options: TwoTargets.Options.self
      ) {
        EnvironmentFactory(name: "nmd-benchmark3", TwoTargets($0), rows: TwoTargets.referenceRows)
      })
    registry.register(
      Entry(
        "cartpole", "Balance a pole on a cart: CartPole-v1.", options: CartPole.Options.self
      ) { EnvironmentFactory(name: "cartpole", CartPole($0), rows: CartPole.referenceRows) })
    registry.register(
      Entry(
        "pendulum", "Swing a pendulum up and hold it: Pendulum-v1.",
        options: Pendulum.Options.self
      ) { EnvironmentFactory(name: "pendulum", Pendulum($0), rows: Pendulum.referenceRows) })
    registry.register(
      Entry(
        "tmaze", "Remember a sign along a corridor and turn as it said.",
        options: TMaze.Options.self
      ) { EnvironmentFactory(name: "tmaze", TMaze($0), rows: TMaze.referenceRows) })
    registry.registerBodies()
    registry.registerWatchedBodies()
    registry.registerSpikingTasks()
    return registry
  }

  /// Bodies in a plane, as the closed loop of agent, body and camera needs them.
  private mutating func registerBodies() {
    register(
      Entry(
        "ball-reaching", "Move a ball to a goal by its velocity; hidden rotations to adapt to.",
        options: BallReaching.Options.self
      ) { options in
        let environment = BallReaching(options)
        return EnvironmentFactory(
          name: "ball-reaching", environment, episodesPerTrial: options.episodesPerTrial,
          rows: environment.referenceRows)
      })
    register(
      Entry(
        "arm-reaching", "Bring the tip of a two-joint arm with rigid-body dynamics to a goal.",
        options: ArmReaching.Options.self
      ) { options in
        let environment = ArmReaching(options)
        return EnvironmentFactory(
          name: "arm-reaching", environment, episodesPerTrial: options.episodesPerTrial,
          rows: environment.referenceRows)
      })
    register(
      Entry(
        "lane-following", "Steer a vehicle along the right lane of a closed road.",
        options: LaneFollowing.Options.self
      ) { options in
        let environment = LaneFollowing(options)
        return EnvironmentFactory(
          name: "lane-following", environment, episodesPerTrial: options.episodesPerTrial,
          rows: environment.referenceRows)
      })
  }
}
