import Autodiff
import Envs
import NeuroMod
import Tensor

/// Histories of a replay as they are: they are beginnings of episodes of random length already.
struct ReplayTrajectories: TrajectorySource {
  let replay: HistoryReplay
  let network: any Network
  let specification: EnvironmentSpecification
  let actions: Int

  var longest: Int { replay.horizon }

  func trace(in tracer: Tracer) {
    tracer.output(
      DeepRecurrentQPrograms.Port.values,
      DeepRecurrentQPrograms.values(
        of: network, specification: specification, actions: actions, isolatesLayers: true,
        in: tracer))
  }

  func draw(using random: inout RandomStream) -> Trajectory {
    let index = random.integer(below: replay.count)
    return Trajectory(index: index, length: replay[index].length)
  }

  func write(_ trajectory: Trajectory, to shard: Shard, row: Int, from step: Int) {
    replay.copyHistory(
      trajectory.index, length: trajectory.length, to: shard, row: row, from: step)
  }
}
