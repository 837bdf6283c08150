import Autodiff
import Configuration
import NeuroMod

/// What the actor–critic agents have in common, whatever their names and defaults.
public struct ActorCriticSettings: Sendable {
  /// The network of the actor; the critic has one of the same kind.
  public var network = NetworkChoice("recurrent")
  /// What is done to the parameters before the training.
  public var stages: [TrainingStageChoice] = []
  /// Whether one network serves both.
  public var sharesNetwork = false
  /// Steps in environments of the whole training.
  public var steps = 500_000
  /// Environments that run side by side.
  public var environments = 8
  /// Steps of each environment between updates.
  public var rolloutSteps = 5
  /// Rollouts with their updates that make one iteration of the run, and one line of its log.
  public var rolloutsPerIteration = 100
  /// γ
  public var discount = 0.99
  /// λ of generalized advantage estimation.
  public var lambda = 1.0
  /// Passes over each rollout.
  public var epochs = 1
  /// Minibatches of one pass.
  public var minibatches = 1
  /// Bound ε of the probability ratio, 0 for the plain policy gradient.
  public var clipRange: Float = 0
  /// Steps through which gradients flow; 0 for the whole rollout. Networks without memory ignore it.
  public var window = 0
  /// Weight of the value loss.
  public var valueWeight: Float = 0.5
  /// Weight of the entropy bonus.
  public var entropyWeight: Float = 0
  /// Largest Euclidean norm of a gradient.
  public var gradientNormLimit = 0.5
  /// Which optimizer.
  public var optimizer = OptimizerName.rmsProp
  /// ε of the optimizer.
  public var optimizerEpsilon: Float = 1e-5
  /// Step size at the beginning.
  public var learningRate: Float = 7e-4
  /// How the step size changes.
  public var learningRateSchedule = LearningRateSchedule.constant
  /// Whether advantages of a minibatch are normalised.
  public var normalizesAdvantages = false
  /// Whether observations are normalised by running statistics.
  public var normalizesObservations = false
  /// Whether rewards are scaled by the running deviation of returns.
  public var normalizesRewards = false
  /// ln σ² of continuous actions at the beginning.
  public var logVariance: Float = 0
  /// Whether the network sets ln σ², or a parameter of its own.
  public var stateDependentVariance = false
  /// Prices on signals inside the network.
  public var penalties: [Penalty] = []
  /// Which matrices stay sparse, and how.
  public var rewiring = RewiringOptions()
  /// Parts into which the environments are divided for threads.
  public var shards = 1

  /// The settings of A2C in Stable-Baselines3.
  public init() {}

  /// The optimizer with its ε.
  var rule: OptimizerRule {
    switch optimizer {
    case .adam: .adam(epsilon: optimizerEpsilon)
    case .rmsProp: .rmsProp(epsilon: optimizerEpsilon)
    case .momentum: .momentum(0.9)
    }
  }
}

/// Options of an agent that learns by ``ActorCriticAgent``: a set of settings with its own defaults.
protocol ActorCriticConfigurable: Configurable {
  var settings: ActorCriticSettings { get set }
}

extension ActorCriticConfigurable {
  /// The fields that all of them show.
  static func sharedFields() -> [Field<Self>] {
    [
      .value("network", \.settings.network, "Network of the actor; the critic has the same kind."),
      .values(
        "stages", \.settings.stages,
        "What is done to the parameters before the training, in order."),
      .flag(
        "sharesNetwork", \.settings.sharesNetwork, "Whether one network serves actor and critic."),
      .integer("steps", \.settings.steps, in: 1...Int(1e15), "Environment steps of the training."),
      .integer("environments", \.settings.environments, in: 1...1_000_000, "Environments."),
      .integer(
        "rolloutSteps", \.settings.rolloutSteps, in: 1...1_000_000,
        "Steps of each environment between updates."),
      .integer(
        "rolloutsPerIteration", \.settings.rolloutsPerIteration, in: 1...1_000_000,
        "Rollouts that make one iteration and one line of the log."),
      .number("discount", \.settings.discount, in: 0...1, "Discount γ."),
      .number("lambda", \.settings.lambda, in: 0...1, "λ of generalized advantage estimation."),
      .integer(
        "window", \.settings.window, in: 0...1_000_000,
        "Steps through which gradients flow; 0 for the whole rollout."),
      .number("valueWeight", \.settings.valueWeight, in: 0...1000, "Weight of the value loss."),
      .number("entropyWeight", \.settings.entropyWeight, in: 0...1000, "Weight of the entropy."),
      .number(
        "gradientNormLimit", \.settings.gradientNormLimit, in: 1e-9...1e9,
        "Largest Euclidean norm of a gradient."),
      .choice("optimizer", \.settings.optimizer, "The optimizer."),
      .number(
        "optimizerEpsilon", \.settings.optimizerEpsilon, in: 0...1, "ε of the optimizer."),
      .number("learningRate", \.settings.learningRate, in: 0...100, "Step size at the beginning."),
      .choice(
        "learningRateSchedule", \.settings.learningRateSchedule, "How the step size changes."),
      .flag(
        "normalizesAdvantages", \.settings.normalizesAdvantages,
        "Whether advantages of a minibatch are normalised."),
      .flag(
        "normalizesObservations", \.settings.normalizesObservations,
        "Whether observations are normalised by running mean and deviation."),
      .flag(
        "normalizesRewards", \.settings.normalizesRewards,
        "Whether rewards are divided by the running deviation of the return."),
      .number(
        "logVariance", \.settings.logVariance, in: -20...20,
        "Log-variance of continuous actions at the beginning."),
      .flag(
        "stateDependentVariance", \.settings.stateDependentVariance,
        "Whether the network sets the log-variance, or a parameter of its own."),
      .values(
        "penalties", \.settings.penalties, "Prices on signals inside the network, such as rates."),
      .object(
        "rewiring", \.settings.rewiring,
        "Deep rewiring: which matrices, such as actor/recurrent0/input, stay sparse, and how."),
      .integer(
        "shards", \.settings.shards, in: 1...1024,
        "Parts of the batch that threads share; part of the experiment, not of the machine."),
    ]
  }

  /// A shard needs an environment; windows fill the rollout.
  func validateShared(at path: JSONPath) throws {
    guard settings.shards <= settings.environments else {
      throw ConfigurationError(
        path.appending("shards"), "\(settings.shards) shards are more than the environments",
        remedy: "Use at most \(settings.environments).")
    }
    guard settings.window == 0 || settings.rolloutSteps % settings.window == 0 else {
      throw ConfigurationError(
        path.appending("window"),
        "\(settings.window) steps do not divide a rollout of \(settings.rolloutSteps)",
        remedy: "Choose a window that divides rolloutSteps, or 0.")
    }
  }
}

/// Options of the advantage actor–critic (Mnih et al. 2016), synchronous.
public struct A2COptions: ActorCriticConfigurable {
  /// The settings.
  public var settings = ActorCriticSettings()

  /// Stable-Baselines3's defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] { sharedFields() }

  /// Conditions on several options.
  public func validate(at path: JSONPath) throws { try validateShared(at: path) }
}

/// Options of proximal policy optimisation with clipped ratios (Schulman et al. 2017).
public struct PPOOptions: ActorCriticConfigurable {
  /// The settings.
  public var settings: ActorCriticSettings

  /// Stable-Baselines3's defaults.
  public init() {
    settings = ActorCriticSettings()
    settings.rolloutSteps = 256
    settings.rolloutsPerIteration = 1
    settings.lambda = 0.95
    settings.epochs = 10
    settings.minibatches = 32
    settings.clipRange = 0.2
    settings.optimizer = .adam
    settings.learningRate = 3e-4
    settings.normalizesAdvantages = true
  }

  /// The options.
  public static var fields: [Field<Self>] {
    sharedFields() + [
      .integer("epochs", \.settings.epochs, in: 1...10_000, "Passes over each rollout."),
      .integer(
        "minibatches", \.settings.minibatches, in: 1...1_000_000,
        "Minibatches of one pass, of equal size; fewer where there are fewer windows."),
      .number(
        "clipRange", \.settings.clipRange, in: 1e-6...1e6, "Bound ε of the probability ratio."),
    ]
  }

  /// Conditions on several options.
  public func validate(at path: JSONPath) throws { try validateShared(at: path) }
}
