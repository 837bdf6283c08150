import Autodiff
import NeuroMod
import Tensor

/// A copy of a value network that changes rarely, and its values of what followed each transition.
///
/// As the copy is the same for many updates, so are the values: each is computed once, and all of an
/// episode's in one pass over it, for its histories are beginnings of each other.
final class TargetNetwork {
  typealias Port = DeepRecurrentQPrograms.Port

  let parameters: ParameterStore
  private let executor: Executor
  private let firstRows: [Int]
  private let actionCount: Int
  /// Stored transitions of the same episode, by index. Kept for its memory.
  private var episodes: [Range<Int>] = []

  /// A target network of the parameters that its program begins with.
  init(program: Program, sizes: [Int], horizon: Int, key: RandomKey) {
    parameters = ParameterStore(program.parameters, key: key)
    executor = Executor(program, parameters: parameters, rows: sizes, steps: horizon + 1)
    firstRows = Partition.starts(of: sizes)
    actionCount = program.outputs[program.output(Port.values)].width
  }

  /// Takes over the parameters of `network` and values all transitions anew.
  func copy(_ network: ParameterStore, valuing replay: HistoryReplay, pool: ThreadPool) {
    parameters.update { $0.update(from: network.values, count: network.layout.count) }
    value(replay, from: 0, pool: pool)
  }

  /// Values what followed the transitions from `first` on.
  func value(_ replay: HistoryReplay, from first: Int, pool: ThreadPool) {
    executor.prepare()
    episodes.removeAll(keepingCapacity: true)
    for index in first..<replay.count {
      if let last = episodes.last,
        replay[last.lowerBound].firstSight == replay[index].firstSight
      {
        episodes[episodes.count - 1] = last.lowerBound..<index + 1
      } else {
        episodes.append(index..<index + 1)
      }
    }
    let rows = executor.shards.reduce(0) { $0 + $1.rows }
    for start in stride(from: 0, to: episodes.count, by: rows) {
      pool.run(executor.shards.count) { index in
        let begin = min(start + firstRows[index], episodes.count)
        let end = min(begin + executor.shards[index].rows, episodes.count)
        if begin < end { value(replay, begin..<end, in: executor.shards[index]) }
      }
    }
  }

  /// Values the transitions of some episodes, one in each row of `shard`.
  private func value(_ replay: HistoryReplay, _ chosen: Range<Int>, in shard: Shard) {
    var steps = 0
    for (row, episode) in chosen.enumerated() {
      let last = episodes[episode].upperBound - 1
      // What followed the last transition is there, too.
      let length = replay[last].length + 1
      replay.copyHistory(last, length: length, to: shard, row: row)
      steps = max(steps, length)
    }
    shard.resetStates()
    shard.forward(0..<steps)
    let stride = shard.outputStride(Port.values)
    for (row, episode) in chosen.enumerated() {
      for index in episodes[episode] {
        let values = shard.output(Port.values, step: replay[index].length) + row * stride
        replay.nextValues.pointer[replay.slot(of: index)] =
          values[Categorical.mostLikely(logits: values, count: actionCount)]
      }
    }
  }

  // MARK: Storage

  func save(into archive: inout Archive, prefix: String) {
    parameters.save(into: &archive, prefix: prefix)
  }

  func restore(from archive: Archive, prefix: String) throws {
    try parameters.restore(from: archive, prefix: prefix)
  }
}
