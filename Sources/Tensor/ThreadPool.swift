import CKernels

/// A fixed set of threads that run numbered jobs. Results never depend on which thread runs which
/// job, so they are the same for any number of threads.
public final class ThreadPool: @unchecked Sendable {
  /// Threads, the calling one included.
  public let threads: Int
  private let pool: OpaquePointer

  /// A pool of `threads` threads.
  public init(threads: Int) {
    precondition(threads >= 1, "a pool needs at least one thread")
    guard let pool = metarl_pool_create(Int32(threads)) else {
      fatalError("the system refuses to start \(threads) threads; try --threads 1")
    }
    self.pool = pool
    self.threads = threads
  }

  deinit { metarl_pool_destroy(pool) }

  /// Runs `job(i)` for every i in 0 ..< count and returns when all are done.
  public func run(_ count: Int, _ job: (Int) -> Void) { runClosure(pool, count, job) }
}

/// `metarl_pool_run_closure` as Swift sees it. A closure that does not escape is passed as it is, while
/// storing it for a C callback, even for the time of the call, would copy it to the heap.
@_silgen_name("metarl_pool_run_closure")
private func runClosure(_ pool: OpaquePointer, _ count: Int, _ job: (Int) -> Void)
