import Envs
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

/// How far a training has come.
public struct TrainingProgress: Sendable, Codable, Equatable {
  /// Finished iterations.
  public var iterations = 0
  /// Finished episodes.
  public var episodes = 0
  /// Steps taken in environments.
  public var environmentSteps = 0

  /// The beginning.
  public init() {}
}

/// Something that learns an iteration at a time and can be stopped, stored and continued to the bit.
public protocol Trainer: AnyObject {
  /// How far it has come.
  var progress: TrainingProgress { get }
  /// Iterations of the whole training.
  var totalIterations: Int { get }
  /// The metric that says how good the agent is, higher is better; drawn in the learning curve.
  var headlineMetric: String { get }

  /// Learns for one iteration.
  ///
  /// - Throws: ``NumericalError`` when a number stops being finite; the trainer is then unusable,
  ///   and the last checkpoint is the place to go on from.
  func trainIteration() throws -> [Metric]

  /// Runs `episodes` episodes of the test split without learning. The result depends on the weights
  /// and `key` alone.
  func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn]

  /// Begins to play in `environment`, whose rows are at the beginning of a trial, without learning; nil
  /// for an agent that cannot be watched. The player acts with the present weights and is of no use
  /// after the trainer has learned or been restored.
  func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)?

  /// Layers, shapes and parameter counts for people.
  func describe() -> String

  /// What there is to look at in the trained agent.
  var analyses: [Analysis] { get }

  /// Stores everything the future depends on.
  func save(into archive: inout Archive) throws
  /// Restores what `save` stored.
  func restore(from archive: Archive) throws
}

extension Trainer {
  /// Nothing in particular.
  public var analyses: [Analysis] { [] }

  /// Cannot be watched.
  public func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? { nil }
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
