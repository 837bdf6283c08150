import Autodiff
import Envs
import Sequences
import Tensor

/// A named figure of one iteration, in the order in which it is shown.
public struct Metric: Sendable, Equatable {
  /// A path such as `train/discountedReturn`.
  public let name: String
  /// The figure; NaN where it does not exist in this iteration.
  public let value: Double

  /// A figure.
  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// How far a training has come. Agents count episodes and their steps, learners of sequences updates and
/// examples.
public struct TrainingProgress: Sendable, Codable, Equatable {
  /// Finished iterations.
  public var iterations = 0
  /// Finished episodes.
  public var episodes = 0
  /// Steps taken in environments.
  public var environmentSteps = 0
  /// Seconds of its world that an agent has lived through, where it counts its life in them; nil for
  /// agents that count steps.
  public var simulatedSeconds: Double?
  /// Updates of the parameters by a learner of sequences.
  public var updates = 0
  /// Sequences that were learned from, repetitions included.
  public var examples = 0

  /// The beginning.
  public init() {}

  /// Reads what is stored; runs of earlier versions did not count updates, examples and seconds.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    iterations = try container.decode(Int.self, forKey: .iterations)
    episodes = try container.decode(Int.self, forKey: .episodes)
    environmentSteps = try container.decode(Int.self, forKey: .environmentSteps)
    simulatedSeconds = try container.decodeIfPresent(Double.self, forKey: .simulatedSeconds)
    updates = try container.decodeIfPresent(Int.self, forKey: .updates) ?? 0
    examples = try container.decodeIfPresent(Int.self, forKey: .examples) ?? 0
  }

  /// Whether sequences are learned, not acting.
  public var isSupervised: Bool { updates > 0 }

  /// What speeds refer to, and what is recorded is counted in: updates or environment steps.
  public var clock: Int { isSupervised ? updates : environmentSteps }

  /// What ``clock`` counts.
  public var stepName: String { isSupervised ? "updates" : "steps" }
}

/// Something that learns an iteration at a time and can be stopped, stored and continued to the bit.
public protocol Trainer: AnyObject {
  /// How far it has come.
  var progress: TrainingProgress { get }
  /// Iterations of the whole training.
  var totalIterations: Int { get }
  /// The metric that says how good the result is; drawn in the learning curve.
  var headlineMetric: String { get }
  /// Whether that metric is a loss.
  var lowerIsBetter: Bool { get }
  /// Whether the training is over: after all iterations, or before them.
  var isFinished: Bool { get }

  /// Learns for one iteration.
  ///
  /// - Throws: ``NumericalError`` when a number stops being finite; the trainer is then unusable,
  ///   and the last checkpoint is the place to go on from.
  func trainIteration() throws -> [Metric]

  /// Tests what was learned on `count` cases of the test split, without learning. The result depends
  /// on the weights and `key` alone.
  func test(count: Int, key: RandomKey) throws -> TestResult

  /// Layers, shapes and parameter counts for people.
  func describe() -> String

  /// What to know about the options before the training begins, such as that one has no effect beside
  /// another; a sentence each.
  var remarks: [String] { get }

  /// What there is to look at in the trained agent.
  var analyses: [Analysis] { get }

  /// Stores everything the future depends on.
  func save(into archive: inout Archive) throws
  /// Restores what `save` stored. What an older version did not store yet begins as in a new
  /// training.
  func restore(from archive: Archive) throws
  /// Restores of what `save` stored only what was learned, which is all that tests, players and analyses
  /// depend on. The environment or task may be another one than that of the training, whose rows
  /// would not suit it. The trainer must not learn afterwards.
  func restoreLearned(from archive: Archive) throws

  /// Stores what the iteration worked with that has just failed with a ``NumericalError``, for people
  /// to look at: the weights before the update that failed, and its batch in the section `state`.
  func save(evidenceInto archive: inout Archive)
}

extension Trainer {
  /// Higher is better.
  public var lowerIsBetter: Bool { false }
  /// After all iterations.
  public var isFinished: Bool { progress.iterations >= totalIterations }
  /// There is nothing to say.
  public var remarks: [String] { [] }
  /// Nothing in particular.
  public var analyses: [Analysis] { [] }

  /// Restores everything.
  public func restoreLearned(from archive: Archive) throws { try restore(from: archive) }

  /// Nothing.
  public func save(evidenceInto archive: inout Archive) {}
}

/// A trainer of an agent, which acts in an environment.
public protocol AgentTrainer: Trainer {
  /// Runs `episodes` episodes of the test split without learning. The result depends on the weights
  /// and `key` alone.
  func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn]

  /// Begins to play in `environment`, whose rows are at the beginning of a trial, without learning; nil
  /// for an agent that cannot be watched. The player acts with the present weights and is of no use
  /// after the trainer has learned or been restored.
  func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)?

  /// Rows that the environment of a player may have.
  var largestPlayedBatch: Int { get }
}

extension AgentTrainer {
  /// Cannot be watched.
  public func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? { nil }

  /// Any number.
  public var largestPlayedBatch: Int { .max }

  /// Tests the agent on `count` episodes.
  public func test(count: Int, key: RandomKey) throws -> TestResult {
    .episodes(try evaluate(episodes: count, key: key))
  }
}

/// What a test gave, case by case.
public enum TestResult: Sendable, Equatable {
  /// Episodes of an agent.
  case episodes([EpisodeReturn])
  /// Examples of a task, what their losses are, and how active each layer of spikes or events was, by its
  /// name.
  case examples([ExampleScore], SequenceLoss.Kind, activity: [Metric] = [])
}

/// A number that stopped being finite: where it was seen.
public struct NumericalError: Error, CustomStringConvertible, Equatable {
  /// The tensor or quantity, such as `policy gradient of modulator/gru0/recurrent`.
  public let quantity: String
  /// The iteration in which it happened.
  public let iteration: Int
  /// The step and environment where these are known.
  public let place: String?

  /// An error about `quantity`.
  public init(quantity: String, iteration: Int, place: String? = nil) {
    self.quantity = quantity
    self.iteration = iteration
    self.place = place
  }

  /// One line for a person.
  public var description: String {
    "\(quantity) is not finite in iteration \(iteration)" + (place.map { ", \($0)" } ?? "")
  }
}

extension NumericalError {
  /// A gradient that is not finite, named with the first parameter at which it is not.
  init(
    _ name: String, _ gradient: UnsafePointer<Float>, of parameters: ParameterStore,
    iteration: Int, place: String? = nil
  ) {
    let parameter = parameters.layout.firstNonFinite(in: gradient)
    self.init(
      quantity: name + (parameter.map { " of \($0.name)" } ?? ""), iteration: iteration,
      place: place)
  }
}
