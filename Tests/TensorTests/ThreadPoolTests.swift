import Synchronization
import Tensor
import Testing

@Suite struct ThreadPoolTests {
  /// Every job runs exactly once, and all have run when `run` returns.
  @Test(arguments: [1, 2, 3, 8]) func everyJobRunsOnce(threads: Int) {
    let pool = ThreadPool(threads: threads)
    #expect(pool.threads == threads)
    let largest = 64
    let runs = UnsafeMutablePointer<Int>.allocate(capacity: largest)
    runs.initialize(repeating: 0, count: largest)
    defer { runs.deallocate() }
    var expected = Array(repeating: 0, count: largest)
    for round in 0..<3000 {
      let count = [0, 1, 7, 2, 64][round % 5]
      pool.run(count) { runs[$0] += 1 }
      for index in 0..<count { expected[index] += 1 }
      guard (0..<largest).allSatisfy({ runs[$0] == expected[$0] }) else {
        Issue.record("round \(round) with \(count) jobs lost or repeated one")
        return
      }
    }
  }

  @Test func jobsOfDifferentLength() {
    let pool = ThreadPool(threads: 3)
    let sum = Atomic<Int>(0)
    for _ in 0..<200 {
      pool.run(9) { index in
        var work = 0
        for i in 0..<index * index * 500 { work = (work &* 31 &+ i) & 0xFFFF }
        sum.add(index + (work < 0 ? 1 : 0), ordering: .relaxed)
      }
    }
    #expect(sum.load(ordering: .relaxed) == 200 * 36)
  }

  @Test func poolsComeAndGo() {
    let count = Atomic<Int>(0)
    for round in 0..<200 {
      let pool = ThreadPool(threads: 1 + round % 4)
      pool.run(5) { _ in count.add(1, ordering: .relaxed) }
    }
    #expect(count.load(ordering: .relaxed) == 1000)
  }
}
