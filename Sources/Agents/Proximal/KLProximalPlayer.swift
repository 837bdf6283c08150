import Autodiff
import Envs
import Scenes
import Tensor

/// Plays with samples of the policy that ``KLProximalAgent`` learns, step by step, with the signals
/// inside the network open to view. As in training, memory lasts for an episode.
final class KLProximalPlayer: Player {
  private typealias Port = KLProximalPrograms.Port

  private let episodes: ProbedEpisodes
  private let signals: [Program.Port]
  private let parameters: ParameterStore
  private var hasEnded = false

  /// A player in `environment` with the parameters as they are.
  init(
    program: Program, parameters: ParameterStore, iteration: Int,
    in environment: any VectorEnvironment, key: RandomKey
  ) {
    self.parameters = parameters
    signals = program.outputs.filter { ![Port.mean, Port.logVariance].contains($0.name) }
    episodes = ProbedEpisodes(
      program: program, parameters: parameters, iteration: iteration, environment: environment,
      key: key)
  }

  func step() throws {
    if hasEnded { episodes.restart() }
    try episodes.advance()
    // All episodes are equally long.
    hasEnded = episodes.environment.ends[0].isEnd
  }

  func show(on dashboard: inout Dashboard) {
    for signal in signals {
      dashboard.signal(
        signal.name, of: episodes.shard, port: signal.name, width: signal.width)
    }
    dashboard.memory(of: episodes.shard, after: 0)
    dashboard.weights(of: parameters)
  }
}
