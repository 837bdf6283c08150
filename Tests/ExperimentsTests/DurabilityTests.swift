import Experiments
import Synchronization
import Testing
import TestSupport

/// What is there after a power cut: names in a directory that was synchronised after they were made.
@Suite struct DurabilityTests {
  /// Something done to a directory or a file.
  enum Event: Equatable, Sendable {
    case made(String)
    case opened(String)
    case synchronized(String)
  }

  /// Writes down what is done, and does it.
  private final class Journal: Sendable {
    private let state = Mutex<(events: [Event], open: [Int32: String])>(([], [:]))

    /// What was done, in order.
    var events: [Event] { state.withLock { $0.events } }

    /// Runs `body`.
    func run(_ body: () throws -> Void) rethrows {
      let system = FileCalls()
      var calls = FileCalls()
      calls.makeDirectory = { [self] path in
        let result = system.makeDirectory(path)
        state.withLock { $0.events.append(.made(path)) }
        return result
      }
      calls.open = { [self] path, flags in
        let file = system.open(path, flags)
        state.withLock {
          $0.events.append(.opened(path))
          $0.open[file] = path
        }
        return file
      }
      calls.synchronize = { [self] file in
        let result = system.synchronize(file)
        state.withLock {
          let path = $0.open[file] ?? "an unknown file"
          $0.events.append(.synchronized(path))
        }
        return result
      }
      try FileCalls.$current.withValue(calls) { try body() }
    }
  }

  @Test func newDirectoriesSurviveAPowerCut() throws {
    let scratch = try Scratch()
    let journal = Journal()
    try journal.run {
      let run = try TestRun(TestRun.json("agent.iterations=4"), at: scratch["all/study/run"])
      try run.run()
    }
    let events = journal.events
    func index(of event: Event) throws -> Int { try #require(events.firstIndex(of: event)) }
    let run = scratch["all/study/run"]
    for (directory, above) in [
      (scratch["all"], scratch.path), (scratch["all/study"], scratch["all"]),
      (run, scratch["all/study"]), (run + "/checkpoints", run),
    ] {
      let after = try events[index(of: .made(directory))...].prefix { $0 != .opened(directory) }
      let expected = Event.synchronized(above)
      #expect(after.contains(expected), "\(directory)")
    }
    // The first checkpoint makes its directory after the logs, which thereby are there, too.
    let checkpoints = try index(of: .made(run + "/checkpoints"))
    for log in ["metrics.jsonl", "timings.jsonl", "events.out.tfevents.metarl"] {
      let opened = try index(of: .opened(run + "/" + log))
      #expect(opened < checkpoints)
    }
  }
}
