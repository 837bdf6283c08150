import Configuration
import Sequences
import Tensor

/// Examples of a task as plain arrays.
struct Examples {
  let task: any SequenceTask
  let batch: SequenceBatch

  /// The first examples of a split.
  init(
    _ task: any SequenceTask, count: Int, split: DataSplit = .test, visit: Int = 0, seed: UInt64 = 5
  ) {
    self.task = task
    batch = SequenceBatch(task.specification, rows: count)
    for index in 0..<count {
      task.write(
        ExampleRequest(index, of: split, visit: visit, key: RandomKey(seed: seed)),
        into: batch[index])
    }
  }

  var count: Int { batch.rows }
  var steps: Range<Int> { 0..<task.specification.steps }

  /// What is shown in a column of an example, step by step.
  func inputs(_ example: Int, column: Int = 0) -> [Float] {
    steps.map { batch[example].input($0)[column] }
  }

  /// What is asked in a column of an example, step by step.
  func targets(_ example: Int, column: Int = 0) -> [Float] {
    steps.map { batch[example].target($0)[column] }
  }

  /// The steps that ask for an answer.
  func answers(_ example: Int) -> [Int] { steps.filter { batch[example].weight(at: $0) > 0 } }
}

extension SequenceTask where Self: Configurable {
  /// The task with options as JSON.
  static func make(_ json: String) throws -> Self {
    try Self(json: JSONValue(parsing: json), at: .root)
  }
}

/// The task that a configuration names.
func namedTask(_ json: String) throws -> any SequenceTask {
  let (factory, _) = try Registry<SequenceTaskFactory>.standard.make(
    JSONValue(parsing: json), at: JSONPath("task"))
  return try factory.task()
}
