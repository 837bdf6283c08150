import Autodiff
import Configuration
import NeuroMod

/// Options of ``KLProximalAgent``; the defaults are those of the NMD paper's benchmark 1.
public struct KLProximalOptions: Configurable {
  /// The actor's network; the critic has the same, with parameters of its own.
  public var network = NetworkChoice("nmd")
  /// What is done to the parameters of both before the training.
  public var stages: [TrainingStageChoice] = []
  /// Episodes of the whole training.
  public var episodes = 20_000
  /// Episodes of one iteration, simulated in lock-step.
  public var episodesPerIteration = 50
  /// γ
  public var discount = 0.998
  /// λ of generalized advantage estimation.
  public var lambda = 0.98
  /// Steps at the beginning of each episode that are learned from; 0 for all.
  public var trainCut = 400
  /// Steps through which gradients flow.
  public var window = 200
  /// Whether the end of an episode counts as a final state of value zero.
  public var timeLimitIsEnd = true
  /// Gradient steps of the policy in one iteration, each over all data.
  public var policyEpochs = 20
  /// Step size of the policy at the beginning.
  public var policyLearningRate: Float = 2e-4
  /// Step size of the value network.
  public var valueLearningRate: Float = 6e-3
  /// How both step sizes, and with them the divergence that is aimed at, change; published is constant.
  public var learningRateSchedule = LearningRateSchedule.constant
  /// Passes of the value network over its data in one iteration.
  public var valueEpochs = 10
  /// How many iterations' data the value network learns from.
  public var valueBatches = 3
  /// Windows in a minibatch of the value network.
  public var valueMinibatch = 25
  /// The divergence between policies that one iteration aims at.
  public var divergenceTarget = 0.003
  /// The weight β of the divergence at the beginning.
  public var divergenceWeight = 1.0
  /// The weight η of the squared excess over twice the target.
  public var excessWeight = 50.0
  /// Largest Euclidean norm of a gradient of the policy; 0 for no limit, as published.
  public var gradientNormLimit = 0.0
  /// Added to the log-variance head.
  public var logVarianceOffset: Float = -1
  /// Prices on signals inside both networks.
  public var penalties: [Penalty] = []
  /// Which matrices of the networks stay sparse, and how.
  public var rewiring = RewiringOptions()
  /// Parts into which episodes are divided for threads; changes results in the last bits.
  public var shards = 2

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .value("network", \.network, "Network of the actor; the critic has one of the same kind."),
      .values(
        "stages", \.stages,
        "What is done to the parameters of both before the training, in order."),
      .integer("episodes", \.episodes, in: 1...1_000_000_000, "Episodes of the whole training."),
      .integer(
        "episodesPerIteration", \.episodesPerIteration, in: 1...100_000,
        "Episodes of one iteration, simulated in lock-step."),
      .number("discount", \.discount, in: 0...1, "Discount γ."),
      .number("lambda", \.lambda, in: 0...1, "λ of generalized advantage estimation."),
      .integer(
        "trainCut", \.trainCut, in: 0...1_000_000,
        "Steps at the beginning of each episode that are learned from; 0 for all."),
      .integer("window", \.window, in: 1...1_000_000, "Steps through which gradients flow."),
      .flag(
        "timeLimitIsEnd", \.timeLimitIsEnd,
        "Whether the time limit counts as a final state of value zero, as in the paper."),
      .integer("policyEpochs", \.policyEpochs, in: 1...10_000, "Policy updates per iteration."),
      .number(
        "policyLearningRate", \.policyLearningRate, in: 0...1, "Adam step size of the actor."),
      .number("valueLearningRate", \.valueLearningRate, in: 0...1, "Adam step size of the critic."),
      .choice(
        "learningRateSchedule", \.learningRateSchedule,
        "How both step sizes and the divergence aimed at change; constant as published."),
      .integer("valueEpochs", \.valueEpochs, in: 0...10_000, "Critic's passes over its data."),
      .integer("valueBatches", \.valueBatches, in: 1...1000, "Iterations the critic learns from."),
      .integer("valueMinibatch", \.valueMinibatch, in: 1...100_000, "Windows per critic update."),
      .number(
        "divergenceTarget", \.divergenceTarget, in: 1e-9...100,
        "Divergence between successive policies that the servo aims at."),
      .number("divergenceWeight", \.divergenceWeight, in: 0...1e6, "Weight β at the beginning."),
      .number(
        "excessWeight", \.excessWeight, in: 0...1e6,
        "Weight η of the squared excess over twice the target."),
      .number(
        "gradientNormLimit", \.gradientNormLimit, in: 0...1e9,
        "Largest norm of a gradient of the policy; 0 for no limit, as published."),
      .number(
        "logVarianceOffset", \.logVarianceOffset, in: -20...20, "Added to the log-variance head."),
      .values(
        "penalties", \.penalties, "Prices on signals inside both networks, such as rates."),
      .object(
        "rewiring", \.rewiring,
        "Deep rewiring: which matrices, such as actor/recurrent0/input, stay sparse, and how."),
      .integer(
        "shards", \.shards, in: 1...1024,
        "Parts of the batch that threads share; part of the experiment, not of the machine."),
    ]
  }

  /// The windows have to fill the learned steps; a shard needs an episode.
  public func validate(at path: JSONPath) throws {
    guard trainCut % window == 0 else {
      throw ConfigurationError(
        path.appending("window"), "\(window) steps do not divide the \(trainCut) learned ones",
        remedy: "Choose a window that divides trainCut.")
    }
    guard shards <= episodesPerIteration else {
      throw ConfigurationError(
        path.appending("shards"), "\(shards) shards are more than the episodes of an iteration",
        remedy: "Use at most \(episodesPerIteration).")
    }
  }
}
