import Autodiff
import Envs
import NeuroMod
import Tensor

extension KLProximalAgent {
  /// What there is to see in a network with a modulation signal.
  public var analyses: [Analysis] {
    guard let network = options.network.network as? NMDNetwork else { return [] }
    let environment = context.environment
    var analyses = [
      Analysis(
        name: AnalysisKind.modulation.rawValue,
        summary: "What z tells of the hidden task over time, and each neuron's slope.",
        defaultEpisodes: 1000
      ) { [self] episodes, key in
        try ModulationAnalysis(
          network: network, environment: environment, probe: probe(rows:key:)
        ).run(episodes: episodes, key: key)
      }
    ]
    if environment.specification.taskEdits.contains("swapTargets") {
      analyses.append(
        Analysis(
          name: AnalysisKind.freeze.rawValue,
          summary: "Touches while z is held before and after adaptation and targets are swapped.",
          defaultEpisodes: 200
        ) { [self] episodes, key in
          try FreezeAnalysis(environment: environment, probe: probe(rows:key:))
            .run(episodes: episodes, key: key)
        })
    }
    return analyses
  }

  private func probe(rows: Int, key: RandomKey) -> ProbedEpisodes {
    ProbedEpisodes(
      program: programs.recording, parameters: policyParameters, iteration: progress.iterations,
      environment: context.environment.makeBatch(count: rows, split: .test, key: key), key: key)
  }
}
