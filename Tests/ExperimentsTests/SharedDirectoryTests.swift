import Configuration
import Experiments
import Foundation
import Glibc
import Testing
import TestSupport

/// Processes that set up runs at the same time.
@Suite struct SharedDirectoryTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// As the losing process has found nothing and made its trainer.
  @Test func aRunThatWasSetUpMeanwhileStays() throws {
    let (path, other) = (scratch["out"], try TestRun.json("agent.weights=3"))
    let system = FileCalls()
    var calls = FileCalls()
    calls.makeDirectory = { directory in
      _ = FileCalls.$current.withValue(system) { try? TestRun(other, at: path) }
      return system.makeDirectory(directory)
    }
    let failure = FileCalls.$current.withValue(calls) {
      #expect(throws: Failure.self) { try TestRun(TestRun.json("agent.weights=4"), at: path) }
    }
    #expect(failure?.status == .changedExperiment, "\(String(describing: failure))")
    let stored = try RunDirectory(path).storedExperiment()
    #expect(stored["agent"]?["weights"]?.compact == "3")
  }

  @Test func aDirectoryThatIsBeingSetUpIsInUse() throws {
    let path = scratch["out"]
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let lock = open(path + "/.lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX) == 0)
    let failure = #expect(throws: Failure.self) { try TestRun(TestRun.json(), at: path) }
    #expect(failure?.status == .busy)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [".lock"])
  }

  /// Also within a second.
  @Test func newDirectoriesAreNobodyElses() throws {
    let runs = try (0..<5).map { _ in
      try RunDirectory.makeNew(for: "walk", suffix: "seed1", below: scratch["runs"])
    }
    #expect(Set(runs.map(\.path)).count == 5)
    for run in runs {
      #expect(run.path.hasPrefix(scratch["runs/walk/"]) && run.name.contains("-seed1"))
    }
  }

  @Test func whatIsRefusedLeavesNoNewDirectory() throws {
    try scratch.write(
      #"{"name": "digits", "task": {"name": "mnist", "data": "nowhere"}, "learner": "bptt"}"#,
      to: "digits.json")
    for seeds in [[], ["--seeds", "2"]] {
      let result = try Tool.bench.run(["run", "digits.json"] + seeds, in: scratch.path)
      #expect(result.status == ExitReason.notFound.rawValue, "\(result.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch["runs/digits"]).isEmpty)
  }
}
