import Agents
import Configuration
import Sequences
import Tensor

/// Trainings on sequences that several suites make.
enum SequenceTraining {
  static func trainer(
    _ options: String, task: any SequenceTask, threads: Int = 1, seed: UInt64 = 0
  ) throws -> SequenceTrainer {
    try SequenceTrainer(
      SequenceTrainerOptions(json: JSONValue(parsing: options)),
      context: LearnerContext(task: task, key: RandomKey(seed: seed), threads: threads))
  }

  /// The task that a configuration names.
  static func task(_ json: String) throws -> any SequenceTask {
    let (factory, _) = try Registry<SequenceTaskFactory>.standard.make(
      JSONValue(parsing: json), at: JSONPath("task"))
    return try factory.task()
  }

  /// Runs iterations and returns the metrics of the last one by name.
  @discardableResult
  static func run(_ trainer: SequenceTrainer, iterations: Int) throws -> [String: Double] {
    var last: [Metric] = []
    for _ in 0..<iterations { last = try trainer.trainIteration() }
    return Dictionary(uniqueKeysWithValues: last.map { ($0.name, $0.value) })
  }

  /// Everything the future of a trainer depends on.
  static func state(of trainer: SequenceTrainer) throws -> Archive {
    var archive = Archive()
    try trainer.save(into: &archive)
    return archive
  }

  /// All weights, by the names of their parameters.
  static func weights(of trainer: SequenceTrainer) throws -> [String: [Float]] {
    let tensors = try state(of: trainer).tensors[.weights] ?? [:]
    return tensors.compactMapValues(\.floats)
  }

  /// Mean loss and accuracy of a test.
  static func test(
    _ trainer: SequenceTrainer, count: Int = 500, seed: UInt64 = 9
  ) throws -> (loss: Double, accuracy: Double) {
    guard
      case .examples(let scores, _, _) = try trainer.test(count: count, key: RandomKey(seed: seed))
    else { return (.nan, .nan) }
    let total = scores.reduce(into: ExampleScore()) { $0 += $1 }
    return (total.meanLoss, total.accuracy)
  }

  /// The same questions with answers that have nothing to do with them.
  struct Shuffled: SequenceTask {
    let base: any SequenceTask
    var specification: SequenceSpecification { base.specification }

    func write(_ request: ExampleRequest, into slot: ExampleSlot) {
      base.write(request, into: slot)
      var random = (request.content / "shuffled").stream()
      for step in 0..<specification.steps where slot.weight(at: step) > 0 {
        slot.target(step)[0] =
          specification.loss == .crossEntropy
          ? Float(random.integer(below: specification.outputWidth)) : random.normal()
      }
    }
  }
}
