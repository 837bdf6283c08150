import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor

extension KLProximalAgent {
  /// Runs the stages on the actor, then on the critic, whose metrics have names of their own.
  func runStages() throws -> [Metric] {
    guard !options.stages.isEmpty else { return [] }
    let key = context.key / "stage"
    let episodes = playEpisodes(
      sizes: [RolloutTrajectories.rows], firstRow: 0, split: .train, key: key / "histories")
    try episodes.check(iteration: progress.iterations + 1)
    let policy = try runStages(
      on: programs.acting, heads: programs.policyHeads, parameters: policyParameters,
      updater: policyOptimizer, prefix: Self.policyPrefix, episodes: episodes[0], key: key)
    let value = try runStages(
      on: programs.value, heads: KLProximalPrograms.valueHeads, parameters: critic.parameters,
      updater: critic.optimizer, prefix: Self.valuePrefix, episodes: episodes[0], key: key)
    return policy + value.map { Metric("\(Self.valuePrefix)/\($0.name)", $0.value) }
  }

  /// Runs the stages on one of the two networks, with histories of the steps that are learned from.
  private func runStages(
    on program: Program, heads: [Head], parameters: ParameterStore,
    updater: any ParameterUpdater, prefix: String, episodes: EpisodeBatch, key: RandomKey
  ) throws -> [Metric] {
    let network = options.network.network
    let specification = context.environment.specification
    let trajectories = RolloutTrajectories(episodes, longest: learned) { tracer in
      var input = NetworkInput(of: specification, in: tracer)
      input.isolatesLayers = true
      for (head, value) in zip(heads, network.step(input, heads: heads, in: tracer)) {
        tracer.output(head.name, value)
      }
    }
    return try options.stages.run(
      StageContext(
        network: network, program: program, parameters: parameters, weightsPrefix: prefix,
        trajectories: trajectories, path: JSONPath("agent.stages"), key: key / prefix, pool: pool),
      before: updater)
  }
}
