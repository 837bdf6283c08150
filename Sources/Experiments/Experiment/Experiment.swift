import Configuration

/// One experiment: everything that decides what a run computes.
public struct Experiment: Configurable {
  /// The name, also of the directory below `runs/`.
  public var name = ""
  /// One sentence on what the experiment shows.
  public var summary = ""
  /// The root of all random streams of the training.
  public var seed: UInt64 = 0
  /// Threads, 0 for one on each processor. Results never depend on it.
  public var threads = 0
  /// The name and options of the environment.
  public var environment: JSONValue = .null
  /// The name and options of the agent.
  public var agent: JSONValue = .null
  /// How the agent is tested.
  public var evaluation = EvaluationOptions()
  /// When the state is stored.
  public var checkpoint = CheckpointOptions()
  /// How figures are drawn.
  public var report = ReportOptions()

  /// An experiment without a name, environment and agent.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .text(
        "name", \.name, "Name of the experiment, and of its directory below runs/.", required: true),
      .text("summary", \.summary, "One sentence on what the experiment shows."),
      .integer("seed", \.seed, "Root of all random streams of the training."),
      .integer(
        "threads", \.threads, in: 0...1024,
        "Threads, 0 for one on each processor. Results never depend on it."),
      .product(
        "environment", \.environment, kind: "environment", "The world to learn in.", required: true),
      .product("agent", \.agent, kind: "agent", "What learns, and for how long.", required: true),
      .object("evaluation", \.evaluation, "How the agent is tested."),
      .object("checkpoint", \.checkpoint, "When the state of the run is stored."),
      .object("report", \.report, "How figures are drawn."),
    ]
  }

  /// Checks that the name can be that of a directory.
  public func validate(at path: JSONPath) throws {
    let allowed = name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0))
    }
    guard allowed, !name.isEmpty, name.count <= 100, !name.hasPrefix(".") else {
      throw ConfigurationError(
        path.appending("name"), "“\(name)” cannot be the name of a directory",
        remedy: "Use 1 to 100 letters, digits, points, hyphens and underscores.")
    }
  }
}

/// How an agent is tested: on tasks of the test split, with streams that training never uses.
public struct EvaluationOptions: Configurable {
  /// Episodes of one evaluation.
  public var episodes = 100
  /// Iterations between evaluations in the course of the training, 0 for none.
  public var every = 0
  /// The root of the random streams of all evaluations; the same for every training seed.
  public var seed: UInt64 = 1_000_003
  /// Whether policies that need no learning are run for comparison.
  public var references = true

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("episodes", \.episodes, in: 1...1_000_000, "Test episodes of one evaluation."),
      .integer(
        "every", \.every, in: 0...1_000_000_000,
        "Iterations between evaluations in the course of the training, 0 for the last one only."),
      .integer("seed", \.seed, "Root of the streams of evaluations, whatever the training seed."),
      .flag("references", \.references, "Whether random, naive and oracle policies are run, too."),
    ]
  }
}

/// When the state of a run is stored.
public struct CheckpointOptions: Configurable {
  /// Iterations between checkpoints.
  public var every = 100
  /// How many of the latest checkpoints stay, beside the best one.
  public var keep = 3

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("every", \.every, in: 1...1_000_000_000, "Iterations between checkpoints."),
      .integer("keep", \.keep, in: 1...1_000_000, "Latest checkpoints that stay, beside the best."),
    ]
  }
}

/// How figures are drawn.
public struct ReportOptions: Configurable {
  /// Iterations that a point of a learning curve is averaged over.
  public var smoothing = 1

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer(
        "smoothing", \.smoothing, in: 1...1_000_000,
        "Iterations that a point of a learning curve is averaged over.")
    ]
  }
}
