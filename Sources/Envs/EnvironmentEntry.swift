import Configuration

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
