import Tensor

extension EnvironmentFactory {
  /// A factory that runs `environment` in ``BatchedEnvironment``s.
  ///
  /// ```swift
  /// registry.register(
  ///   .init("corridor", "Find the open door.", options: Corridor.Options.self) {
  ///     EnvironmentFactory(name: "corridor", Corridor($0))
  ///   })
  /// ```
  ///
  /// - Parameters:
  ///   - episodesPerTrial: how many episodes a task lasts.
  ///   - rows: policies to compare with. Unless one of them is random, a row of uniform actions is
  ///     put before them.
  @inlinable
  public init<Base: Environment>(
    name: String, _ environment: Base, episodesPerTrial: Int = 1, rows: [ScriptedRow] = []
  ) {
    self.init(
      name: name, environment, episodesPerTrial: episodesPerTrial, rows: rows
    ) { count, firstRow, tasks, key in
      BatchedEnvironment(
        environment, name: name, count: count, firstRow: firstRow, tasks: tasks,
        episodesPerTrial: episodesPerTrial, key: key)
    }
  }

  /// A factory that runs `environment` in ``KernelBatch``es.
  public init<Base: KernelEnvironment>(
    name: String, _ environment: Base, episodesPerTrial: Int = 1, rows: [ScriptedRow] = []
  ) {
    self.init(
      name: name, environment, episodesPerTrial: episodesPerTrial, rows: rows
    ) { count, firstRow, tasks, key in
      KernelBatch(
        environment, name: name, count: count, firstRow: firstRow, tasks: tasks,
        episodesPerTrial: episodesPerTrial, key: key)
    }
  }

  /// A factory for `environment` with a ``VectorEnvironment`` of its own.
  public init(
    name: String, _ environment: some Environment, episodesPerTrial: Int = 1,
    rows: [ScriptedRow] = [],
    build: @escaping @Sendable (Int, Int, TaskSource, RandomKey) -> any VectorEnvironment
  ) {
    let uniform = ScriptedRow.uniform(over: environment.actionSpace)
    let all = rows.contains { $0.role == .random } ? rows : [uniform] + rows
    self.init(
      specification: EnvironmentSpecification(
        name: name, of: environment, episodesPerTrial: episodesPerTrial),
      taskParameterNames: environment.taskParameterNames,
      referencePolicies: all.map {
        ReferencePolicy($0, episodesPerTrial: episodesPerTrial, build: build)
      }, build: build)
  }
}

extension ReferencePolicy {
  /// The row `row` in the batches that `build` makes.
  init(
    _ row: ScriptedRow, episodesPerTrial: Int,
    build: @escaping @Sendable (Int, Int, TaskSource, RandomKey) -> any VectorEnvironment
  ) {
    self.init(name: row.name, role: row.role, summary: row.summary) {
      episodes, discount, tasks, key in
      EpisodeRunner.run(
        row.makePolicy(), episodes: episodes, episodesPerTrial: episodesPerTrial,
        discount: discount, key: key
      ) {
        build($0, 0, tasks, key)
      }
    }
  }
}
