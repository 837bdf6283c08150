import CProbes
import Configuration
import Envs
import Tensor

/// Counts allocations where there should be none, and of whole iterations.
enum AllocationReport {
  /// Counts, prints, and says whether all is as it should be.
  static func check() throws -> Bool {
    guard probe_counts_allocations() != 0 else {
      print("allocations cannot be counted in this build")
      return true
    }
    let counts = try counts()
    print(Table.text(of: counts))
    return counts.allSatisfy { !$0.isExcessive }
  }

  /// All counts.
  static func counts() throws -> [AllocationCount] {
    let training = try [1, 2].flatMap { threads in
      [pool(threads: threads)]
        + (try [Workload.gru(hidden: 50, batch: 32), .nmd].map { workload in
          let runnable = try workload.make(threads)
          return try AllocationCount.of(
            workload.name, threads: threads, step: "training step", steps: 10, runnable.run)
        })
    }
    let environments = try Registry<EnvironmentFactory>.standard.entries.map {
      try environment($0.name)
    }
    return training + environments + (try agents()) + (try learners())
  }

  private static func pool(threads: Int) -> AllocationCount {
    let pool = ThreadPool(threads: threads)
    let sums = FloatBuffer(count: 4)
    return .of("ThreadPool.run", threads: threads, step: "call", steps: 1000) { steps in
      for _ in 0..<steps { pool.run(4) { sums.pointer[$0] += 1 } }
    }
  }

  /// Random actions in a batch, long enough for episodes to end and begin.
  private static func environment(_ name: String) throws -> AllocationCount {
    let rows = 64
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root)
    let batch = factory.makeBatch(count: rows, key: RandomKey(seed: 1))
    let size = factory.specification.actionSpace.count
    let actions = FloatBuffer(count: rows * size)
    var random = (RandomKey(seed: 1) / "actions").stream()
    // The runtime asks for memory once, when the first episode ends: the warm-up covers that.
    return .of(name, step: "step of \(rows) environments", warmUp: 1000, steps: 3000) { steps in
      for _ in 0..<steps {
        for i in 0..<actions.count {
          actions.pointer[i] =
            switch factory.specification.actionSpace {
            case .discrete(let count): Float(random.integer(below: count))
            case .continuous: random.uniform(-1, 1)
            }
        }
        batch.step(actions.pointer)
      }
    }
  }
}
