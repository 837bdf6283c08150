import Agents
import Configuration
import Sequences
import Tensor

extension AllocationReport {
  /// Counts of learners of sequences: what one more update costs, as the difference between iterations
  /// with more and fewer of them.
  static func learners() throws -> [AllocationCount] {
    try ["copy-first-input", "denoising", "sign-copy", "delayed-copy"].map { task in
      try learner(
        "bptt \(task)", task, #"{"network": {"name": "recurrent", "sizes": [8], "hidden": []}}"#)
    } + [learner("bptt with deep rewiring", "delayed-copy", rewired)]
  }

  /// Connections that move in every update.
  private static let rewired = """
    {"network": {"name": "recurrent", "cell": "lsnn", "sizes": [20], "hidden": []},
     "rewiring": {"matrices": [{"name": "recurrent0/input", "connectivity": 0.2},
       {"name": "recurrent0/recurrent", "connectivity": 0.2}], "l1": 1, "temperature": 1e-4}}
    """

  private static func learner(
    _ name: String, _ task: String, _ options: String
  ) throws -> AllocationCount {
    let (more, less) = (60, 20)
    let difference =
      try count(task, options, updates: more) - count(task, options, updates: less)
    return AllocationCount(
      name: name, threads: 1, step: "update with 20 sequences",
      perStep: Double(difference) / Double(more - less), shouldBeZero: true)
  }

  /// Allocations of an iteration, the fewest of several.
  private static func count(_ task: String, _ options: String, updates: Int) throws -> Int {
    let (task, _) = try Registry<SequenceTaskFactory>.standard.make(
      JSONValue(
        parsing: #"{"name": "\#(task)", "examples": {"training": 100, "validation": 0}}"#),
      at: .root)
    var options = try SequenceTrainerOptions(json: JSONValue(parsing: options))
    (options.batch, options.updatesPerIteration, options.updates) = (20, updates, 1_000_000)
    let trainer = try SequenceTrainer(
      options,
      context: LearnerContext(task: try task.task(), key: RandomKey(seed: 1), threads: 1))
    for _ in 0..<2 { _ = try trainer.trainIteration() }
    return try (0..<5).map { _ in
      try AllocationCount.during { _ = try trainer.trainIteration() }
    }.min() ?? 0
  }
}
