import Agents
import Configuration
import Envs
import Tensor

/// An agent that learns, named as in an experiment. A step is a step of one environment, or an
/// iteration.
final class AgentWorkload: Runnable {
  let trainer: any Trainer
  private let stepsPerIteration: Int
  private let episodes: Int

  /// - Parameters:
  ///   - agent: name and options as in the `agent` of an experiment.
  ///   - stepsPerIteration: how many steps an iteration counts for.
  ///   - episodes: episodes of an evaluation, 0 for none.
  init(
    _ agent: String, environment: String, stepsPerIteration: Int, episodes: Int, threads: Int
  ) throws {
    let (environment, _) = try Registry<EnvironmentFactory>.standard.make(
      .string(environment), at: .root)
    let json = try JSONValue(parsing: agent)
    let (factory, _) = try Registry<AgentFactory>.standard.make(json, at: .root)
    trainer = try factory.make(
      TrainerContext(environment: environment, key: RandomKey(seed: 1), threads: threads))
    self.stepsPerIteration = stepsPerIteration
    self.episodes = episodes
  }

  func run(_ steps: Int) throws {
    for _ in 0..<(steps + stepsPerIteration - 1) / stepsPerIteration {
      _ = try trainer.trainIteration()
    }
  }

  func evaluate() throws -> Double? {
    guard episodes > 0,
      case .episodes(let returns) = try trainer.test(count: episodes, key: RandomKey(seed: 3))
    else { return nil }
    return returns.reduce(0) { $0 + $1.total } / Double(returns.count)
  }
}

extension Workload {
  /// The network of Stable-Baselines3's `MlpPolicy`.
  static let multilayerPerceptron = """
    {"name": "recurrent", "sizes": [], "hidden": [64, 64], "activation": "tanh",
     "feedback": false, "weights": {"distribution": "orthogonal", "scale": 1.414},
     "headWeights": {"distribution": "orthogonal", "scale": 0.01}}
    """

  /// A2C on CartPole with the defaults of Stable-Baselines3, acting and learning.
  static var actorCritic: Workload {
    Workload(
      name: "a2c-cartpole", step: "one environment step, acting and learning",
      amount: ("environment steps", 1), turns: .fixed(turns: 10, steps: 10_000),
      peers: [PeerScript(.torch, "sb3_a2c.py", ["--environments", "8"])]
    ) { threads in
      try AgentWorkload(
        """
        {"name": "a2c", "network": \(multilayerPerceptron), "steps": 1000000000,
         "environments": 8, "rolloutSteps": 5, "rolloutsPerIteration": 250, "shards": \(threads)}
        """, environment: "cartpole", stepsPerIteration: 10_000, episodes: 20, threads: threads)
    }
  }

  /// An iteration of the NMD paper's benchmark 1 in the published setting.
  static var klProximal: Workload {
    Workload(
      name: "kl-ppo-nmd-benchmark1", step: "one iteration of 50 episodes of 1400 steps",
      amount: ("environment steps", 70_000)
    ) { threads in
      try AgentWorkload(
        """
        {"name": "kl-ppo", "network": {"name": "nmd", "sizes": [50], "modulationSize": 20,
         "hidden": [10], "modulation": "code", "hiddenUsesPreviousZ": true}}
        """, environment: "nmd-benchmark1", stepsPerIteration: 1, episodes: 0, threads: threads)
    }
  }
}
