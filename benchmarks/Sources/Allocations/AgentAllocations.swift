import Agents

extension AllocationReport {
  /// Counts of agents. An iteration may allocate for its report; what it does more often may not, and
  /// shows as the difference between iterations that do more and less of it.
  static func agents() throws -> [AllocationCount] {
    let rollouts = try difference(
      "a2c", step: "rollout of 8 × 5 steps, with its update", environment: "cartpole",
      more: 300, less: 100, repeats: 1
    ) { count in
      """
      {"name": "a2c", "network": \(Workload.multilayerPerceptron),
       "rolloutsPerIteration": \(count)}
      """
    }
    let minibatches = try difference(
      "ppo", step: "update with a minibatch", environment: "pendulum", more: 12, less: 4,
      repeats: 32
    ) { count in
      """
      {"name": "ppo", "network": \(Workload.multilayerPerceptron), "epochs": \(count)}
      """
    }
    let policyUpdates = try difference(
      "kl-ppo", step: "update of the policy", environment: benchmark1, more: 24, less: 4,
      repeats: 1
    ) { klProximal("\"policyEpochs\": \($0), \"valueEpochs\": 0") }
    let criticUpdates = try difference(
      "kl-ppo", step: "update of the critic", environment: benchmark1, more: 12, less: 4,
      repeats: 12
    ) { klProximal("\"policyEpochs\": 1, \"valueEpochs\": \($0)") }
    let histories = try difference(
      "drqn", step: "update with a minibatch of histories", environment: "tmaze", more: 12,
      less: 4, repeats: 5
    ) { recurrentQ("\"updatesPerEpisode\": \($0), \"episodesPerIteration\": 5") }
    let episodes = try difference(
      "drqn", step: "episode, with an update", environment: "tmaze", more: 24, less: 4, repeats: 1
    ) { recurrentQ("\"updatesPerEpisode\": 1, \"episodesPerIteration\": \($0)") }
    let controlSteps = try difference(
      "spore", step: "control step of 20 ms", environment: "ball-reaching-events", more: 12,
      less: 4,
      repeats: 50
    ) { "{\"name\": \"spore\", \"secondsPerIteration\": \($0)}" }
    let iteration = try AgentWorkload(
      klProximal("\"shards\": 2"), environment: benchmark1, stepsPerIteration: 1, episodes: 0,
      threads: 1)
    return [
      rollouts, minibatches, policyUpdates, criticUpdates, histories, episodes, controlSteps,
      try .of(
        "kl-ppo", step: "iteration of 50 episodes of 1400 steps", warmUp: 4, steps: 2,
        shouldBeZero: false, iteration.run),
    ]
  }

  private static let benchmark1 = "nmd-benchmark1"

  private static func klProximal(_ options: String) -> String {
    """
    {"name": "kl-ppo", "network": {"name": "nmd", "sizes": [50], "hidden": [10]}, \(options)}
    """
  }

  private static func recurrentQ(_ options: String) -> String {
    """
    {"name": "drqn", "network": {"name": "recurrent", "sizes": [32, 32], "hidden": []},
     "replayCapacity": 500, "targetPeriod": 2, \(options)}
    """
  }

  /// What one more of something costs: iterations with `more` of it against iterations with `less`,
  /// divided by the difference and by `repeats`.
  private static func difference(
    _ name: String, step: String, environment: String, more: Int, less: Int, repeats: Int,
    agent: (Int) -> String
  ) throws -> AllocationCount {
    func count(_ amount: Int) throws -> Int {
      let workload = try AgentWorkload(
        agent(amount), environment: environment, stepsPerIteration: 1, episodes: 0, threads: 1)
      try workload.run(4)
      // What an iteration allocates for its report varies by up to five from one to the next.
      return try (0..<5).map { _ in try AllocationCount.during { try workload.run(1) } }.min() ?? 0
    }
    let difference = try count(more) - count(less)
    return AllocationCount(
      name: name, threads: 1, step: step,
      perStep: Double(difference) / Double((more - less) * repeats), shouldBeZero: true)
  }
}
