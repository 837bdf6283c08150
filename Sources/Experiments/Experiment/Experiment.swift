import Configuration
import Envs

/// One experiment: everything that decides what a run computes.
public struct Experiment: Configurable {
  /// The name, also of the directory below `runs/`.
  public var name = ""
  /// One sentence on what the experiment shows.
  public var summary = ""
  /// The root of all random streams of the training.
  public var seed: UInt64 = 0
  /// The seeds of runs of their own, instead of ``seed``.
  public var seeds = ExperimentSeeds()
  /// Threads, 0 for one on each processor. Results never depend on it.
  public var threads = 0
  /// The name and options of the environment; null where a task is learned.
  public var environment: JSONValue = .null
  /// The name and options of the agent; null where a task is learned.
  public var agent: JSONValue = .null
  /// The name and options of the task on sequences; null where an agent acts.
  public var task: JSONValue = .null
  /// The name and options of what learns the task; null where an agent acts.
  public var learner: JSONValue = .null
  /// Options with several values, whose combinations are runs of their own.
  public var grid = ExperimentGrid()
  /// How the result is tested.
  public var evaluation = EvaluationOptions()
  /// When the state is stored.
  public var checkpoint = CheckpointOptions()
  /// How figures are drawn.
  public var report = ReportOptions()

  /// An experiment without a name and subject.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .text(
        "name", \.name, pattern: "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$",
        "Name of the experiment, and of its directory below runs/.", required: true),
      .text("summary", \.summary, "One sentence on what the experiment shows."),
      .integer("seed", \.seed, "Root of all random streams of the training."),
      .value(
        "seeds", \.seeds,
        "Instead of seed: how many seeds from 0 upwards, or a list of them; each is a run of its own."
      ),
      .integer(
        "threads", \.threads, in: 0...1024,
        "Threads, 0 for one on each processor. Results never depend on it."),
      .product("environment", \.environment, kind: "environment", "The world an agent learns in."),
      .product("agent", \.agent, kind: "agent", "What learns in the environment, and how long."),
      .product("task", \.task, kind: "task", "What is learned of sequences, without a world."),
      .product("learner", \.learner, kind: "learner", "What learns the task, and how long."),
      .value(
        "grid", \.grid,
        "Lists of values under the paths of options; every combination is a run of its own."),
      .object("evaluation", \.evaluation, "How the result is tested."),
      .object("checkpoint", \.checkpoint, "When the state of the run is stored."),
      .object("report", \.report, "How figures are drawn."),
    ]
  }

  /// The two ways in which an experiment can say what learns what.
  static let subjects = [["environment", "agent"], ["task", "learner"]]

  /// Checks that the name can be that of a directory, and that there is something to learn and to learn it.
  public func validate(at path: JSONPath) throws {
    let allowed = name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0))
    }
    guard allowed, !name.isEmpty, name.count <= 100, !name.hasPrefix(".") else {
      throw ConfigurationError(
        path.appending("name"), "“\(name)” cannot be the name of a directory",
        remedy: "Use 1 to 100 letters, digits, points, hyphens and underscores.")
    }
    let values = ["environment": environment, "agent": agent, "task": task, "learner": learner]
    let named = Self.subjects.map { $0.filter { values[$0] != .null } }
    let remedy = "Name an environment and an agent, or a task and a learner."
    if named.allSatisfy({ $0.isEmpty }) {
      throw ConfigurationError(path, "there is nothing to be learned", remedy: remedy)
    }
    if let agent = named[0].first, let learner = named[1].first {
      throw ConfigurationError(
        path.appending(learner), "does not go together with “\(agent)”", remedy: remedy)
    }
    for (subject, named) in zip(Self.subjects, named) where named.count == 1 {
      throw ConfigurationError(
        path.appending(subject.first { !named.contains($0) } ?? ""), "is missing", remedy: remedy)
    }
  }
}

extension Experiment {
  /// How many runs it has, in words; nil for a single one.
  public var runs: String? {
    let points = grid.points.count
    let seeds = seeds.ascending ?? [seed]
    guard seeds.count * points > 1 else { return nil }
    let first = seeds[0]
    let last = seeds[seeds.count - 1]
    let isGapless = last - first == UInt64(seeds.count - 1)
    let names =
      seeds.count > 2 && isGapless
      ? "\(first) to \(last)" : seeds.map { "\($0)" }.joined(separator: ", ")
    let title = seeds.count == 1 ? "seed" : "seeds"
    let grid = points > 1 ? " at each of \(points) points of the grid" : ""
    return "\(seeds.count * points) runs: \(title) \(names)\(grid)"
  }
}

/// How the result is tested: on tasks or examples of the test split unless `tasks` says otherwise, with streams
/// that training never uses.
public struct EvaluationOptions: Configurable {
  /// Episodes of one evaluation of an agent.
  public var episodes = 100
  /// Which tasks of the environment an agent is tested on.
  public var tasks = TaskSplit.test
  /// Iterations between evaluations in the course of the training, 0 for none.
  public var every = 0
  /// The root of the random streams of all evaluations; the same for every training seed.
  public var seed: UInt64 = 1_000_003
  /// Whether policies that need no learning are run for comparison.
  public var references = true

  /// The names of the options that only agents have.
  static let forAgents = ["episodes", "tasks"]

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer(
        "episodes", \.episodes, in: 1...1_000_000,
        "Test episodes of one evaluation of an agent; a task says itself how many examples it has."),
      .choice(
        "tasks", \.tasks,
        "Tasks of its environment that an agent is tested on: for tests, or those to learn from."),
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
