import TestSupport
import Testing

/// What happens in every training step, update or environment step must not ask for memory.
@Suite struct AllocationTests {
  #if DEBUG
    static let isOptimized = false
  #else
    static let isOptimized = true
  #endif

  /// `benchmark --check-allocations` counts what all threads ask of the heap.
  @Test(.enabled(if: isOptimized, "only optimised code is free of allocations"))
  func stepsAllocateNothing() throws {
    let result = try Tool.benchmark.run(["--check-allocations"], in: "/")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    guard !result.output.contains("cannot be counted") else { return }
    for work in [
      "ThreadPool.run", "gru50", "nmd ", "cartpole", "tmaze", "a2c", "ppo", "kl-ppo", "drqn",
      "bptt", "bptt with deep rewiring", "spore",
    ] {
      #expect(result.output.contains("  \(work)"), "nothing was counted for \(work)")
    }
    // The counter sees what there is: a whole iteration allocates for its report.
    let line = result.output.split(separator: "\n").first { $0.contains("iteration") }
    let words = (line ?? "").split(separator: " ")
    #expect(words.count > 2 && (Double(words[2]) ?? 0) > 0, "\(result.output)")
  }
}
