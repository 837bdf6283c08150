import Configuration

/// How many tasks an environment has to learn from and for tests; an option of every environment.
public struct TaskOptions: Configurable, Equatable {
  /// Tasks to learn from, 0 for a new one in each trial.
  public var train = 0
  /// Tasks for tests, 0 for a new one in each trial.
  public var test = 0
  /// Names the tasks, whatever the seed of the training.
  public var seed: UInt64 = 0

  /// Every trial has a new task.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    let counts = 0...1_000_000_000
    return [
      .integer("train", \.train, in: counts, "Tasks to learn from, 0 for a new one in each trial."),
      .integer("test", \.test, in: counts, "Tasks for tests, 0 for a new one in each trial."),
      .integer("seed", \.seed, "Root of the streams of these tasks, whatever the training seed."),
    ]
  }
}
