import Agents
import Configuration
import Envs
import Foundation
import Scenes
import Tensor

/// The options of ``Wanderer``.
public struct WandererOptions: Configurable {
  /// Iterations of the training.
  public var iterations = 20
  /// How far a weight moves in an iteration.
  public var learningRate: Float = 0.1
  /// How many weights.
  public var weights = 7
  /// Discount of returns.
  public var discount = 0.9
  /// Milliseconds that an iteration takes at least.
  public var delay = 0
  /// The iteration in which a number stops being finite, 0 for never.
  public var failAt = 0
  /// The iteration after which a weight is not finite although nothing was noticed, 0 for never.
  public var poisonAt = 0

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("iterations", \.iterations, in: 1...1_000_000, "Iterations of the training."),
      .number("learningRate", \.learningRate, in: 0...1, "How far a weight moves."),
      .integer("weights", \.weights, in: 1...1_000_000, "How many weights."),
      .number("discount", \.discount, in: 0...1, "Discount of returns."),
      .integer("delay", \.delay, in: 0...10_000, "Milliseconds that an iteration takes."),
      .integer("failAt", \.failAt, in: 0...1_000_000, "Iteration in which a number fails."),
      .integer("poisonAt", \.poisonAt, in: 0...1_000_000, "Iteration after which a weight is NaN."),
    ]
  }

  /// What configurations name.
  public var factory: AgentFactory {
    AgentFactory(discount: discount) { Wanderer(self, context: $0) }
  }
}

/// An agent that learns nothing but has everything that must survive a crash: weights, moments,
/// a random stream in mid-flight, an adaptive coefficient, counters.
public final class Wanderer: AgentTrainer {
  private let options: WandererOptions
  private let environment: EnvironmentFactory
  private var random: RandomStream
  private var weights: [Float]
  private var moments: [Float]
  private var coefficient = 1.0

  /// How far it has come.
  public private(set) var progress = TrainingProgress()
  /// As the options say.
  public var totalIterations: Int { options.iterations }
  /// The return.
  public var headlineMetric: String { "train/return" }

  /// An agent with random weights.
  public init(_ options: WandererOptions, context: TrainerContext) {
    self.options = options
    environment = context.environment
    random = (context.key / "wanderer").stream()
    weights = []
    for _ in 0..<options.weights { weights.append(random.normal()) }
    moments = Array(repeating: 0, count: options.weights)
  }

  /// Moves every weight at random.
  public func trainIteration() throws -> [Metric] {
    if options.delay > 0 { Thread.sleep(forTimeInterval: Double(options.delay) / 1000) }
    progress.iterations += 1
    if progress.iterations == options.failAt {
      throw NumericalError(
        quantity: "gradient of wanderer/weights", iteration: progress.iterations, place: "step 3")
    }
    var total = 0.0
    for index in weights.indices {
      let gradient = random.normal()
      moments[index] = 0.9 * moments[index] + 0.1 * gradient
      weights[index] -= options.learningRate * Float(coefficient) * moments[index]
      total -= Double(abs(weights[index]))
    }
    coefficient *= random.uniformDouble() < 0.5 ? 1.5 : 1 / 1.5
    if progress.iterations == options.poisonAt { weights[0] = .nan }
    progress.episodes += 4
    progress.environmentSteps += 4 * (environment.specification.horizon ?? 1)
    return [
      Metric("train/return", total), Metric("train/coefficient", coefficient),
      Metric("train/sometimes", progress.iterations % 3 == 0 ? total / 3 : .nan),
    ]
  }

  /// Episodes whose returns depend on the weights and the key alone.
  public func evaluate(episodes: Int, key: RandomKey) throws -> [EpisodeReturn] {
    let size = Double(weights.reduce(0) { $0 + abs($1) })
    return (0..<episodes).map { index in
      var stream = (key / index).stream()
      let total = -size * stream.uniformDouble()
      return EpisodeReturn(
        total: total, discounted: options.discount * total,
        length: environment.specification.horizon ?? 1, counters: [Float(index % 2)])
    }
  }

  /// Plays with its weights, or cannot be watched if it has a single one.
  public func makePlayer(
    in environment: any VectorEnvironment, key: RandomKey
  ) throws -> (any Player)? {
    weights.count > 1 ? WandererPlayer(weights: weights, environment: environment) : nil
  }

  /// The number of weights.
  public func describe() -> String { "wanderer with \(weights.count) weights" }

  private struct State: Codable {
    var progress: TrainingProgress
    var random: RandomStream
    var coefficient: Double
  }

  /// Stores everything.
  public func save(into archive: inout Archive) throws {
    archive.store(ArchivedTensor(weights), "wanderer/weights", in: .weights)
    archive.store(ArchivedTensor(moments), "wanderer/moments", in: .optimizer)
    archive.store(ArchivedTensor([coefficient]), "wanderer/coefficient", in: .state)
    try archive.store(
      State(progress: progress, random: random, coefficient: coefficient), "wanderer")
  }

  /// Stores the weights.
  public func save(evidenceInto archive: inout Archive) {
    archive.store(ArchivedTensor(weights), "wanderer/weights", in: .weights)
  }

  /// Restores everything.
  public func restore(from archive: Archive) throws {
    let state = try archive.value("wanderer", as: State.self)
    weights = try archive.floats("wanderer/weights", count: options.weights, in: .weights)
    moments = try archive.floats("wanderer/moments", count: options.weights, in: .optimizer)
    progress = state.progress
    random = state.random
    coefficient = state.coefficient
  }
}

/// Moves by one weight after the other.
private final class WandererPlayer: Player {
  private let weights: [Float]
  private let environment: any VectorEnvironment
  private var steps = 0

  init(weights: [Float], environment: any VectorEnvironment) {
    self.weights = weights
    self.environment = environment
  }

  func step() throws {
    environment.step([weights[steps % weights.count]])
    steps += 1
  }

  func show(on dashboard: inout Dashboard) {
    dashboard.matrix("weights", columns: 1) { weights }
  }
}
