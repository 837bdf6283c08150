extension EnvironmentFactory {
  /// A factory of `world` before an event camera.
  ///
  /// - Parameters:
  ///   - rows: policies to compare with that see the events.
  ///   - worldRows: policies to compare with that see the state of the world. They play in the world
  ///     without the camera, which changes neither tasks nor rewards.
  init<World: Watchable>(
    name: String, _ world: World, camera: EventCameraOptions, episodesPerTrial: Int = 1,
    rows: [ScriptedRow] = [], worldRows: [ScriptedRow] = []
  ) {
    let watched = EnvironmentFactory(
      name: name, WatchedEnvironment(world, camera: camera), episodesPerTrial: episodesPerTrial,
      rows: rows)
    let unwatched = EnvironmentFactory(
      name: name, world, episodesPerTrial: episodesPerTrial, rows: worldRows)
    self.init(
      specification: watched.specification, taskParameterNames: watched.taskParameterNames,
      referencePolicies: watched.referencePolicies
        + unwatched.referencePolicies.filter { $0.role != .random }
    ) { watched.makeBatch(count: $0, firstRow: $1, tasks: $2, key: $3) }
  }
}
