import Autodiff
import Tensor

/// Histories of a rollout: what a network saw from the beginning of its memory up to a step, every
/// step as likely as any other.
struct RolloutTrajectories: TrajectorySource {
  /// Rows of the rollouts that stages look at, so that the sequences of a batch differ.
  static let rows = 128

  let longest: Int
  private let rollout: Rollout
  /// `[longest × rows]`: the length of the history that ends with a step, which is its own index.
  private let lengths: [Int]
  private let traceNetwork: (Tracer) -> Void

  /// Histories of the first `longest` steps of a rollout, for the network that `trace` records with
  /// layers that can be cut off from one another.
  init(_ rollout: Rollout, longest: Int, trace: @escaping (Tracer) -> Void) {
    self.rollout = rollout
    self.longest = longest
    lengths = Array(rollout.historyLengths.prefix(longest * rollout.rows))
    traceNetwork = trace
  }

  func trace(in tracer: Tracer) { traceNetwork(tracer) }

  func draw(using random: inout RandomStream) -> Trajectory {
    let index = random.integer(below: lengths.count)
    return Trajectory(index: index, length: lengths[index])
  }

  func write(_ trajectory: Trajectory, to shard: Shard, row: Int, from step: Int) {
    let acting = rollout.acting
    let (last, actingRow) = trajectory.index.quotientAndRemainder(dividingBy: acting.rows)
    for name in Rollout.inputNames {
      let width = acting.inputWidth(name)
      let source =
        acting.input(name, step: last + 1 - trajectory.length) + actingRow * width
      let target = shard.input(name, step: step) + row * width
      for shown in 0..<trajectory.length {
        (target + shown * shard.rows * width).update(
          from: source + shown * acting.rows * width, count: width)
      }
    }
  }
}
