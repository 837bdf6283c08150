import Agents
import Configuration
import Sequences
import Tensor

extension AllocationReport {
  /// Counts of learners of sequences: what one more update costs, as the difference between iterations
  /// with more and fewer of them.
  static func learners() throws -> [AllocationCount] {
    try ["copy-first-input", "denoising", "sign-copy", "delayed-copy"].map { task in
      let (more, less) = (60, 20)
      let difference = try count(task, updates: more) - count(task, updates: less)
      return AllocationCount(
        name: "bptt \(task)", threads: 1, step: "update with 20 sequences",
        perStep: Double(difference) / Double(more - less), shouldBeZero: true)
    }
  }

  /// Allocations of an iteration, the fewest of several.
  private static func count(_ task: String, updates: Int) throws -> Int {
    let (task, _) = try Registry<SequenceTaskFactory>.standard.make(
      JSONValue(
        parsing: #"{"name": "\#(task)", "examples": {"training": 100, "validation": 0}}"#),
      at: .root)
    let options = try SequenceTrainerOptions(
      json: JSONValue(
        parsing: """
          {"network": {"name": "recurrent", "sizes": [8], "hidden": []}, "batch": 20,
           "updatesPerIteration": \(updates), "updates": 1000000}
          """))
    let trainer = try SequenceTrainer(
      options,
      context: LearnerContext(task: try task.task(), key: RandomKey(seed: 1), threads: 1))
    for _ in 0..<2 { _ = try trainer.trainIteration() }
    return try (0..<5).map { _ in
      try AllocationCount.during { _ = try trainer.trainIteration() }
    }.min() ?? 0
  }
}
