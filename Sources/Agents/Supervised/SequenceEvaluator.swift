import Autodiff
import NeuroMod
import Sequences
import Tensor

/// Runs a network over examples of a split without learning, with weights of its own.
final class SequenceEvaluator {
  private let weights: ParameterStore
  private let executor: Executor
  private let shards: [EvaluationShard]
  private let rows: Int
  private let task: any SequenceTask
  private let carriesState: Bool

  /// What a network made of a split.
  struct Result {
    /// By example.
    var scores: [ExampleScore] = []
    /// How active the network was.
    var activity: SignalMeans
  }

  /// Steps times rows of a window, for products at full speed.
  private static let windowRows = 128
  /// Steps of a window at least, so that carrying states costs little.
  private static let leastWindow = 16

  /// - Parameter rows: sequences that each shard runs together.
  init(
    _ program: Program, key: RandomKey, task: any SequenceTask, rows: [Int], carriesState: Bool
  ) {
    // Nothing runs backward.
    let program = program.without(outputs: program.outputs(called: CellOutput.backwardSparsity))
    weights = ParameterStore(program.parameters, key: key)
    let specification = task.specification
    let window = max(Self.leastWindow, Self.windowRows / (rows.min() ?? 1))
    executor = Executor(
      program, parameters: weights, rows: rows, steps: min(window, specification.steps),
      keepsStates: false)
    shards = zip(executor.shards, Partition.starts(of: rows)).map { shard, firstRow in
      EvaluationShard(
        shard, firstRow: firstRow, specification: specification,
        activity: SignalMeans(activityOf: program))
    }
    self.rows = rows.reduce(0, +)
    self.task = task
    self.carriesState = carriesState
  }

  /// Numbers in memory.
  var memorySize: Int { shards.reduce(0) { $0 + $1.memorySize } }

  /// What a network with some weights makes of examples `0 ..< count`. It depends on the weights
  /// and `key` alone.
  func evaluate(
    _ weights: [Float], on split: DataSplit, count: Int, key: RandomKey, pool: ThreadPool
  ) -> Result {
    self.weights.assign(weights)
    executor.prepare()
    for shard in shards { shard.reset() }
    var result = Result(activity: shards[0].activity)
    result.scores.reserveCapacity(count)
    for first in stride(from: 0, to: count, by: rows) {
      pool.run(shards.count) { index in
        shards[index].answer(
          task, filled: filled(shards[index], first: first, count: count),
          carriesState: carriesState
        ) { row in
          ExampleRequest(first + row, of: split, key: key)
        }
      }
      for shard in shards {
        result.scores += shard.scores.prefix(filled(shard, first: first, count: count))
      }
    }
    for shard in shards { result.activity.add(shard.activity) }
    return result
  }

  /// How many rows of a shard hold examples in the batch that begins with example `first`.
  private func filled(_ shard: EvaluationShard, first: Int, count: Int) -> Int {
    min(shard.rows, max(0, count - first - shard.firstRow))
  }
}
