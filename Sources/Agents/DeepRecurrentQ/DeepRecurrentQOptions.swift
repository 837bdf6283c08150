import Configuration
import NeuroMod

/// Options of ``DeepRecurrentQAgent``; the defaults are those of the study of warm-up.
public struct DeepRecurrentQOptions: Configurable {
  /// The network; its head gives one value for each action.
  public var network = NetworkChoice("recurrent")
  /// What is done to the parameters once the replay is full, before the training.
  public var stages: [TrainingStageChoice] = []
  /// When and how the number of attractors is measured.
  public var variability = VariabilityMeasurement()
  /// Episodes of the whole training.
  public var episodes = 2000
  /// Episodes that make one iteration of the run, and one line of its log.
  public var episodesPerIteration = 20
  /// γ
  public var discount = 0.98
  /// Probability ε of a random action.
  public var exploration: Float = 0.2
  /// Relative frequency of each action where it is random; empty for equal ones.
  public var explorationWeights: [Int] = []
  /// Transitions that the replay holds.
  public var replayCapacity = 8192
  /// Histories of one update.
  public var minibatch = 32
  /// Updates after each episode.
  public var updatesPerEpisode = 10
  /// Episodes between copies of the network to the target network.
  public var targetPeriod = 20
  /// Adam's step size.
  public var learningRate: Float = 1e-3
  /// Largest Euclidean norm of a gradient; 0 for no limit, as published.
  public var gradientNormLimit = 0.0
  /// Prices on signals inside the network.
  public var penalties: [Penalty] = []
  /// Which matrices stay sparse, and how.
  public var rewiring = RewiringOptions()
  /// Parts into which histories are divided for threads; changes results in the last bits.
  public var shards = 4

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .value("network", \.network, "The network; its head gives one value for each action."),
      .values(
        "stages", \.stages,
        "What is done to the parameters once the replay is full, before the training, in order."),
      .object(
        "variability", \.variability,
        "Measuring VAA, how many attractors histories lead to, while the network learns."),
      .integer("episodes", \.episodes, in: 1...1_000_000_000, "Episodes of the whole training."),
      .integer(
        "episodesPerIteration", \.episodesPerIteration, in: 1...1_000_000,
        "Episodes that make one iteration and one line of the log."),
      .number("discount", \.discount, in: 0...1, "Discount γ."),
      .number("exploration", \.exploration, in: 0...1, "Probability ε of a random action."),
      .integers(
        "explorationWeights", \.explorationWeights, in: 0...1_000_000,
        "Relative frequency of each action where it is random; [] for equal ones."),
      .integer(
        "replayCapacity", \.replayCapacity, in: 1...100_000_000,
        "Transitions that the replay holds; it is filled by random actions first."),
      .integer("minibatch", \.minibatch, in: 1...100_000, "Histories of one update."),
      .integer(
        "updatesPerEpisode", \.updatesPerEpisode, in: 0...1_000_000, "Updates after each episode."),
      .integer(
        "targetPeriod", \.targetPeriod, in: 1...1_000_000_000,
        "Episodes between copies of the network to the target network."),
      .number("learningRate", \.learningRate, in: 0...1, "Adam's step size."),
      .number(
        "gradientNormLimit", \.gradientNormLimit, in: 0...1e9,
        "Largest Euclidean norm of a gradient; 0 for no limit, as published."),
      .values("penalties", \.penalties, "Prices on signals inside the network, such as rates."),
      .object("rewiring", \.rewiring, "Deep rewiring: which matrices stay sparse, and how."),
      .integer(
        "shards", \.shards, in: 1...1024,
        "Parts of a minibatch that threads share; part of the experiment, not of the machine."),
    ]
  }

  /// A shard needs a history; some action has to be possible.
  public func validate(at path: JSONPath) throws {
    guard shards <= minibatch else {
      throw ConfigurationError(
        path.appending("shards"), "\(shards) shards are more than the histories of a minibatch",
        remedy: "Use at most \(minibatch).")
    }
    guard explorationWeights.isEmpty || explorationWeights.contains(where: { $0 > 0 }) else {
      throw ConfigurationError(
        path.appending("explorationWeights"), "forbids every action",
        remedy: "Give at least one action a frequency above 0.")
    }
  }
}
