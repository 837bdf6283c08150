import Configuration

extension Registry<EnvironmentFactory> {
  /// Tasks whose observations and actions are firing rates.
  mutating func registerSpikingTasks() {
    register(
      Entry(
        "pattern-matching", "Tell patterns of firing rates apart.",
        options: PatternMatching.Options.self
      ) { options in
        let environment = PatternMatching(options)
        return EnvironmentFactory(
          name: "pattern-matching", environment, rows: environment.referenceRows)
      })
    register(
      Entry(
        "cursor-control", "Move a cursor to a target by firing rates.",
        options: TrialOptions.self
      ) {
        EnvironmentFactory(
          name: "cursor-control", CursorControl($0), rows: CursorControl.referenceRows)
      })
    register(
      Entry(
        "lever-press", "Push a lever down and up by firing rates.",
        options: TrialOptions.self
      ) { EnvironmentFactory(name: "lever-press", LeverPress($0), rows: LeverPress.referenceRows) })
  }
}
