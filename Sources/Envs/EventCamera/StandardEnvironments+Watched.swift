import Configuration

extension Registry<EnvironmentFactory> {
  /// Bodies before an event camera.
  mutating func registerWatchedBodies() {
    register(
      Entry(
        "ball-reaching-events", "Move a ball to the middle of a plane, seen by an event camera.",
        options: WatchedOptions<BallReaching.Options>.self
      ) { options in
        EnvironmentFactory(
          name: "ball-reaching-events", BallReaching(options.world), camera: options.camera,
          episodesPerTrial: options.world.episodesPerTrial,
          rows: [EventTracker.row(options.camera)])
      })
    register(
      Entry(
        "arm-reaching-events", "Bring a jointed arm's tip to the middle, seen by an event camera.",
        options: WatchedOptions<KinematicArmReaching.Options>.self
      ) { options in
        let world = KinematicArmReaching(options.world)
        return EnvironmentFactory(
          name: "arm-reaching-events", world, camera: options.camera,
          worldRows: world.referenceRows)
      })
    register(
      Entry(
        "rigid-arm-reaching-events",
        "Bring the tip of an arm with rigid-body dynamics to a goal, seen by an event camera.",
        options: WatchedOptions<ArmReaching.Options>.self
      ) { options in
        let world = ArmReaching(options.world)
        return EnvironmentFactory(
          name: "rigid-arm-reaching-events", world, camera: options.camera,
          episodesPerTrial: options.world.episodesPerTrial, worldRows: world.referenceRows)
      })
    register(
      Entry(
        "lane-following-events", "Follow the right lane of a road, seen by an event camera.",
        options: WatchedOptions<LaneFollowing.Options>.self
      ) { options in
        let world = LaneFollowing(options.world)
        return EnvironmentFactory(
          name: "lane-following-events", world, camera: options.camera,
          episodesPerTrial: options.world.episodesPerTrial, worldRows: world.referenceRows)
      })
  }
}
