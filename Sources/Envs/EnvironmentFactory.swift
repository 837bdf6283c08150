import Tensor

/// A configured environment that can be instantiated: what configurations name.
public struct EnvironmentFactory: Sendable {
  /// Sizes and names.
  public let specification: EnvironmentSpecification
  /// Names of the components of a task, in the order of `VectorEnvironment.taskParameters`.
  public let taskParameterNames: [String]
  /// Policies that need no learning: random, scripted, oracle.
  public let referencePolicies: [ReferencePolicy]
  private let build:
    @Sendable (_ count: Int, _ firstRow: Int, _ tasks: TaskSource, _ key: RandomKey) ->
      any VectorEnvironment
  /// Where the tasks to learn from are drawn.
  private var trainingTasks = TaskSource.train
  /// Where the tasks of tests are drawn.
  private var testTasks = TaskSource.test

  /// A factory around a builder; see ``init(name:_:episodesPerTrial:rows:)`` for the usual way.
  public init(
    specification: EnvironmentSpecification, taskParameterNames: [String] = [],
    referencePolicies: [ReferencePolicy] = [],
    build: @escaping @Sendable (Int, Int, TaskSource, RandomKey) -> any VectorEnvironment
  ) {
    self.specification = specification
    self.taskParameterNames = taskParameterNames
    self.referencePolicies = referencePolicies
    self.build = build
  }

  /// A batch of `count` rows numbered from `firstRow`, with tasks from `split`. Row `i` draws from
  /// streams below `key / "environment" / i`.
  public func makeBatch(
    count: Int, firstRow: Int = 0, split: TaskSplit = .train, key: RandomKey
  ) -> any VectorEnvironment {
    makeBatch(count: count, firstRow: firstRow, tasks: tasks(of: split), key: key)
  }

  /// The same with tasks from `tasks`.
  public func makeBatch(
    count: Int, firstRow: Int = 0, tasks: TaskSource, key: RandomKey
  ) -> any VectorEnvironment {
    build(count, firstRow, tasks, key)
  }

  /// Where a batch for `split` draws its tasks.
  public func tasks(of split: TaskSplit) -> TaskSource {
    split == .train ? trainingTasks : testTasks
  }

  /// The same environment with a finite number of tasks.
  public func limited(to tasks: TaskOptions) -> Self {
    var copy = self
    copy.trainingTasks = TaskSource(.train, count: tasks.train, seed: tasks.seed)
    copy.testTasks = TaskSource(.test, count: tasks.test, seed: tasks.seed)
    return copy
  }

  /// The same environment, whose tests draw their tasks where batches for `split` do.
  public func tested(on split: TaskSplit) -> Self {
    var copy = self
    copy.testTasks = tasks(of: split)
    return copy
  }
}

/// The return of one finished episode.
public struct EpisodeReturn: Sendable, Codable, Equatable {
  /// Sum of rewards.
  public var total: Double
  /// Sum of rewards, each multiplied by the discount to the power of its step.
  public var discounted: Double
  /// Steps.
  public var length: Int
  /// Sums of the environment's counters.
  public var counters: [Float]
  /// The place of the episode within its trial, from 0.
  public var trialEpisode = 0
  /// The number of its trial within a test, from 0; nil where nobody counts trials.
  public var trial: Int?

  /// The return of one episode.
  public init(total: Double, discounted: Double, length: Int, counters: [Float] = []) {
    self.total = total
    self.discounted = discounted
    self.length = length
    self.counters = counters
  }

  /// Reads what is stored; earlier versions stored neither the trial nor the place within it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    total = try container.decode(Double.self, forKey: .total)
    discounted = try container.decode(Double.self, forKey: .discounted)
    length = try container.decode(Int.self, forKey: .length)
    counters = try container.decode([Float].self, forKey: .counters)
    trialEpisode = try container.decodeIfPresent(Int.self, forKey: .trialEpisode) ?? 0
    trial = try container.decodeIfPresent(Int.self, forKey: .trial)
  }
}

/// A policy that needs no learning, run as a row to compare with.
public struct ReferencePolicy: Sendable {
  /// What the row is for.
  public enum Role: String, Sendable, Codable {
    /// Acts without looking.
    case random
    /// Acts sensibly without knowing the task.
    case naive
    /// The best policy known.
    case oracle
  }

  /// The name of the row.
  public let name: String
  /// What the row is for.
  public let role: Role
  /// One sentence on how it acts.
  public let summary: String
  /// Runs `episodes` episodes with tasks from `tasks` and returns their returns. It runs until all of
  /// them have ended, so an environment without a horizon has to reach its final states by itself.
  public let run:
    @Sendable (_ episodes: Int, _ discount: Double, _ tasks: TaskSource, _ key: RandomKey) ->
      [EpisodeReturn]

  /// A row.
  public init(
    name: String, role: Role, summary: String,
    run: @escaping @Sendable (Int, Double, TaskSource, RandomKey) -> [EpisodeReturn]
  ) {
    self.name = name
    self.role = role
    self.summary = summary
    self.run = run
  }
}
