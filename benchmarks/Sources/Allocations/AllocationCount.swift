import CProbes

/// How often something asks the heap for memory.
struct AllocationCount {
  /// What was run.
  let name: String
  let threads: Int
  /// What one step is.
  let step: String
  let perStep: Double
  /// Whether there should be none.
  let shouldBeZero: Bool

  /// Whether there are too many. What asks for memory in each step does so at least once a step; less
  /// than half of that is what the report of an iteration takes more or less from one to the next.
  var isExcessive: Bool { shouldBeZero && perStep >= 0.5 }

  /// Allocations of all threads during `work`.
  static func during(_ work: () throws -> Void) rethrows -> Int {
    probe_count_allocations()
    do {
      try work()
    } catch {
      _ = probe_counted_allocations()
      throw error
    }
    return Int(probe_counted_allocations())
  }

  /// Counts over `steps` steps, after some that warm up.
  static func of(
    _ name: String, threads: Int = 1, step: String, warmUp: Int = 2, steps: Int,
    shouldBeZero: Bool = true, _ run: (_ steps: Int) throws -> Void
  ) rethrows -> AllocationCount {
    try run(warmUp)
    let count = try during { try run(steps) }
    return AllocationCount(
      name: name, threads: threads, step: step, perStep: Double(count) / Double(steps),
      shouldBeZero: shouldBeZero)
  }
}
