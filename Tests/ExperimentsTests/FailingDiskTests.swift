import Experiments
import Foundation
import Synchronization
import Testing
import TestSupport

/// Whichever file call of a training fails, what is on the disk is whole, and going on from it gives
/// the bytes of a training that nothing disturbed.
@Suite struct FailingDiskTests {
  /// How the disk behaves after the call that fails.
  enum Failure: CaseIterable {
    /// That call alone fails, as when somebody makes room at once.
    case once
    /// Nothing can be changed any more, as when the process has died.
    case lasting
  }

  /// A disk that counts the calls that change it, and fails in one of them.
  private final class Disk: Sendable {
    private let count = Atomic<Int>(0)
    private let failing: Int
    private let failure: Failure

    /// A disk whose call number `failing` fails; the first one is 1.
    init(failing: Int = .max, _ failure: Failure = .once) {
      self.failing = failing
      self.failure = failure
    }

    /// How many calls there were.
    var calls: Int { count.load(ordering: .relaxed) }

    private func fails() -> Bool {
      let number = count.add(1, ordering: .relaxed).newValue
      guard number == failing || (number > failing && failure == .lasting) else { return false }
      errno = ENOSPC
      return true
    }

    /// Runs `body` on this disk.
    func run(_ body: () throws -> Void) rethrows {
      let system = FileCalls()
      var calls = FileCalls()
      calls.open = { [self] in fails() ? -1 : system.open($0, $1) }
      calls.write = { [self] file, bytes in
        guard fails() else { return system.write(file, bytes) }
        // A full disk takes what it can.
        if failure == .once {
          _ = system.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]))
          errno = ENOSPC
        }
        return -1
      }
      calls.truncate = { [self] in fails() ? -1 : system.truncate($0, $1) }
      calls.synchronize = { [self] in fails() ? -1 : system.synchronize($0) }
      calls.close = { [self] file in
        let result = system.close(file)
        return fails() ? -1 : result
      }
      calls.rename = { [self] in fails() ? -1 : system.rename($0, $1) }
      calls.makeDirectory = { [self] in fails() ? -1 : system.makeDirectory($0) }
      calls.link = { [self] in fails() ? -1 : system.link($0, $1) }
      calls.remove = { [self] in if !fails() { system.remove($0) } }
      try FileCalls.$current.withValue(calls) { try body() }
    }
  }

  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func prepare(_ name: String) throws -> TestRun {
    try TestRun(
      TestRun.json("agent.iterations=6", "checkpoint.every=2", "checkpoint.keep=2"),
      at: scratch[name])
  }

  /// A training that is stopped, goes on from an earlier checkpoint, and ends.
  private func train(_ name: String, afterStop: () -> Void = {}) throws {
    let run = try prepare(name)
    try run.run(limit: 3)
    afterStop()
    try run.run(from: .iteration(2))
  }

  @Test(arguments: Failure.allCases) func everyCallMayFail(failure: Failure) throws {
    try prepare("whole").run()
    let expected = scratch.comparableFiles(of: "whole", lastCheckpoint: "00000006")
    #expect(!expected.values.contains(nil))
    let counting = Disk()
    try counting.run { try train("counted") }
    #expect(scratch.comparableFiles(of: "counted", lastCheckpoint: "00000006") == expected)
    #expect(counting.calls > 100)

    var failures = 0
    for call in 1...counting.calls {
      let name = "\(failure)\(call)"
      var hasStopped = false
      do {
        try Disk(failing: call, failure).run { try train(name) { hasStopped = true } }
      } catch let error as Experiments.Failure {
        failures += 1
        #expect([.inputOutput, .checkpoint, .notFound].contains(error.status), "\(call): \(error)")
      }
      let store = RunDirectory(scratch[name]).checkpoints
      for iteration in store.iterations { _ = try store.read(iteration) }
      let latest = try store.find(.latest)
      #expect(latest != nil || !hasStopped, "call \(call) cost all checkpoints")

      guard case .finished = try prepare(name).run() else {
        return #expect(Bool(false), "the run should end after call \(call)")
      }
      #expect(
        scratch.comparableFiles(of: name, lastCheckpoint: "00000006") == expected, "call \(call)")
      let left = try FileManager.default.contentsOfDirectory(atPath: scratch[name])
      #expect(!left.contains { $0.hasSuffix(".tmp") }, "call \(call): \(left)")
      try FileManager.default.removeItem(atPath: scratch[name])
    }
    // Only closing and removing may fail without harm.
    #expect(failures > counting.calls / 2)
  }

  /// What looks complete after a complete run went on from an earlier checkpoint has all of its training.
  @Test(arguments: Failure.allCases) func aRunThatGoesBackIsNotComplete(failure: Failure) throws {
    try prepare("whole").run()
    let expected = scratch.comparableFiles(of: "whole", lastCheckpoint: "00000006")
    func goBack(_ name: String, on disk: Disk) throws {
      let run = try prepare(name)
      try FileManager.default.removeItem(atPath: scratch[name])
      try FileManager.default.copyItem(atPath: scratch["whole"], toPath: scratch[name])
      try disk.run { _ = try run.run(from: .iteration(4)) }
    }
    let counting = Disk()
    try goBack("counted", on: counting)
    for call in 1...counting.calls {
      do {
        try goBack("again", on: Disk(failing: call, failure))
      } catch is Experiments.Failure {
        guard RunDirectory(scratch["again"]).isFinished else { continue }
        #expect(
          scratch.comparableFiles(of: "again", lastCheckpoint: "00000006") == expected,
          "call \(call)")
      }
    }
  }

  private final class Display: ProgressDisplay {
    private(set) var events: [String] = []
    func note(_ text: String) { events.append(text) }
    func update(_ status: ProgressStatus) { events.append("iteration \(status.iteration)") }
    func finish() { events.append("end") }
  }

  /// What is wrong is explained on a line of its own.
  @Test func theDisplayEndsBeforeAFailureIsExplained() throws {
    let run = try prepare("run")
    let display = Display()
    var options = SessionOptions()
    options.display = display
    let session = try Session(run.experiment, in: run.directory, options: options)
    // Three logs grow in each iteration.
    #expect(throws: Experiments.Failure.self) {
      try Disk(failing: 5, .lasting).run { _ = try session.run() }
    }
    #expect(display.events == ["iteration 1", "end"])
  }
}
