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

extension Registry<EnvironmentFactory>.Entry {
  /// An entry whose options are of type `Options`, and beside them `tasks`, which every environment has:
  /// see ``TaskOptions``.
  public init<Options: Configurable>(
    _ name: String, _ summary: String, options: Options.Type,
    make: @escaping @Sendable (Options) throws -> EnvironmentFactory
  ) {
    // Naming otherNames chooses the general initializer.
    self.init(name, summary, otherNames: [], options: OptionsWithTasks<Options>.self) {
      try make($0.own).limited(to: $0.tasks)
    }
  }
}

/// The options of an environment and those that every environment has.
private struct OptionsWithTasks<Own: Configurable>: Configurable {
  var own = Own()
  var tasks = TaskOptions()

  static var fields: [Field<Self>] {
    Own.fields.map { $0.nested(\.own) } + [
      .object("tasks", \.tasks, "How many tasks there are; without it, as many as can be drawn.")
    ]
  }

  func validate(at path: JSONPath) throws { try own.validate(at: path) }
}
