import Configuration
import NeuroMod

/// Options of ``SequenceTrainer``.
public struct SequenceTrainerOptions: Configurable {
  /// The network; its readout is one head.
  public var network = NetworkChoice.recurrent(sizes: [100, 100])
  /// What is done to the parameters before the training.
  public var stages: [TrainingStageChoice] = []
  /// When and how the number of attractors is measured.
  public var variability = VariabilityMeasurement()
  /// Updates of the parameters in the whole training.
  public var updates = 3000
  /// Passes over the training examples, instead of ``updates``; 0 for none.
  public var epochs = 0
  /// Updates of an iteration, after which comes validation; 0 for a pass over the training examples.
  public var updatesPerIteration = 100
  /// Sequences of an update.
  public var batch = 100
  /// How parameters follow the gradient.
  public var optimizer = OptimizerOptions()
  /// Which matrices stay sparse, and how.
  public var rewiring = RewiringOptions()
  /// Largest Euclidean norm of a gradient, after ``gradientLimit``; 0 for no limit.
  public var gradientNormLimit = 0.0
  /// Largest number in a gradient, 0 for no limit.
  public var gradientLimit: Float = 0
  /// Whether an update with a gradient that is not finite is left out, instead of ending the training.
  public var skipsNonFiniteGradients = false
  /// Whether the states after a batch are those before the next one.
  public var carriesState = false
  /// Prices on signals inside the network.
  public var penalties: [Penalty] = []
  /// When to end early.
  public var stopping = StoppingOptions()
  /// Whether the result is what had the smallest validation loss, not what came last.
  public var keepsBest = false
  /// Sequences run together in validation and tests; 0 for as many as in a batch.
  public var testBatch = 0
  /// Steps whose intermediate numbers are in memory at once, 0 for all.
  public var segmentSteps = 0
  /// Parts into which a batch is divided for threads.
  public var shards = 2

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .value("network", \.network, "The network, a name or an object; its readout is one head."),
      .values("stages", \.stages, "What is done to the parameters before the training, in order."),
      .object(
        "variability", \.variability,
        "Measuring VAA, how many attractors sequences lead to, while the network learns."),
      .integer("updates", \.updates, in: 1...1_000_000_000, "Updates in the whole training."),
      .integer(
        "epochs", \.epochs, in: 0...1_000_000_000,
        "Passes over the training examples, instead of updates; 0 to count updates."),
      .integer(
        "updatesPerIteration", \.updatesPerIteration, in: 0...1_000_000_000,
        "Updates between validations, and of a line of the log; 0 for a pass over the examples."),
      .integer("batch", \.batch, in: 1...1_000_000, "Sequences of an update."),
      .object("optimizer", \.optimizer, "How parameters follow the gradient."),
      .object("rewiring", \.rewiring, "Deep rewiring: which matrices stay sparse, and how."),
      .number(
        "gradientNormLimit", \.gradientNormLimit, in: 0...1e9,
        "Largest Euclidean norm of a gradient, after gradientLimit; 0 for no limit."),
      .number(
        "gradientLimit", \.gradientLimit, in: 0...1e9,
        "Largest number in a gradient; larger ones are clipped; 0 for no limit."),
      .flag(
        "skipsNonFiniteGradients", \.skipsNonFiniteGradients,
        "Whether an update whose gradient is not finite is left out instead of ending the run."),
      .flag(
        "carriesState", \.carriesState,
        "Whether the states after a batch are those before the next one."),
      .values("penalties", \.penalties, "Prices on signals inside the network, such as rates."),
      .object("stopping", \.stopping, "When to end before all updates are made."),
      .flag(
        "keepsBest", \.keepsBest,
        "Whether tests use the weights with the smallest validation loss, not the last ones."),
      .integer(
        "testBatch", \.testBatch, in: 0...1_000_000,
        "Sequences run together in validation and tests; 0 for as many as in a batch."),
      .integer(
        "segmentSteps", \.segmentSteps, in: 0...1_000_000_000,
        "Steps kept in memory for the gradient, the others are run again: the same numbers with less "
          + "memory in more time; 0 keeps all."),
      .integer(
        "shards", \.shards, in: 1...1024,
        "Parts of a batch that threads share; part of the experiment, not of the machine."),
    ]
  }

  /// A shard needs a sequence; states that are carried have to be in memory after the gradient.
  public func validate(at path: JSONPath) throws {
    guard segmentSteps == 0 || !carriesState else {
      throw ConfigurationError(
        path.appending("segmentSteps"), "does not go with carriesState",
        remedy: "Use shorter sequences, or leave segmentSteps at 0.")
    }
    let smallest = testBatch == 0 ? batch : min(batch, testBatch)
    guard shards <= smallest else {
      throw ConfigurationError(
        path.appending("shards"), "\(shards) shards are more than the sequences of a batch",
        remedy: "Use at most \(smallest).")
    }
  }
}

/// When a training ends before all its updates are made.
public struct StoppingOptions: Configurable {
  /// Iterations without a smaller validation loss; 0 for no limit.
  public var patience = 0
  /// The validation accuracy, or else loss, that is good enough.
  public var goal = 0.0
  /// Iterations over which that is averaged; 0 for no goal.
  public var goalIterations = 0

  /// Never.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer(
        "patience", \.patience, in: 0...1_000_000_000,
        "Iterations without a smaller validation loss after which to stop; 0 for no limit."),
      .number("goal", \.goal, "Validation accuracy, or loss of values, that is good enough."),
      .integer(
        "goalIterations", \.goalIterations, in: 0...1_000_000,
        "Iterations whose mean has to reach the goal; 0 for no goal."),
    ]
  }
}

extension NetworkChoice {
  /// The network `recurrent` with layers of these sizes and nothing between them and the readout.
  fileprivate static func recurrent(sizes: [Int]) -> NetworkChoice {
    let json = JSONValue.object([
      .init("name", .string("recurrent")),
      .init("sizes", .array(sizes.map { JSONValue.number($0) })), .init("hidden", .array([])),
    ])
    do {
      return try NetworkChoice(json: json, at: .root)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
