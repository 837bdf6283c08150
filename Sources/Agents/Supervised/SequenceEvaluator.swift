import Autodiff
import Sequences
import Tensor

/// Runs a network over examples of a split without learning.
final class SequenceEvaluator {
  private let executor: Executor
  private let shards: [SequenceShard]
  private let rows: Int
  private let task: any SequenceTask
  private let carriesState: Bool

  /// - Parameter rows: sequences that each shard runs together.
  init(
    _ program: Program, parameters: ParameterStore, task: any SequenceTask, rows: [Int],
    carriesState: Bool
  ) {
    executor = Executor(
      program, parameters: parameters, rows: rows, steps: task.specification.steps)
    shards = zip(executor.shards, Partition.starts(of: rows)).map { shard, firstRow in
      SequenceShard(shard, firstRow: firstRow, specification: task.specification, signals: [])
    }
    self.rows = rows.reduce(0, +)
    self.task = task
    self.carriesState = carriesState
  }

  /// The scores of examples `0 ..< count`, which depend on the parameters and `key` alone.
  func scores(of split: DataSplit, count: Int, key: RandomKey, pool: ThreadPool) -> [ExampleScore] {
    executor.prepare()
    var scores: [ExampleScore] = []
    scores.reserveCapacity(count)
    for first in stride(from: 0, to: count, by: rows) {
      pool.run(shards.count) { index in
        let shard = shards[index]
        if first == 0 {
          shard.network.resetStates()
        } else if carriesState {
          shard.carryStates()
        }
        let filled = filled(shard, first: first, count: count)
        shard.forward(task, filled: filled) { row in
          ExampleRequest(first + row, of: split, key: key)
        }
        shard.judge(filled: filled)
      }
      for shard in shards {
        scores += shard.scores.prefix(filled(shard, first: first, count: count))
      }
    }
    return scores
  }

  /// How many rows of a shard hold examples in the batch that begins with example `first`.
  private func filled(_ shard: SequenceShard, first: Int, count: Int) -> Int {
    min(shard.network.rows, max(0, count - first - shard.firstRow))
  }
}
