import Experiments
import Foundation
import Glibc
import Testing
import TestSupport

/// What people are told to do is what the verb that they gave can do.
@Suite struct RemedyTests {
  private let scratch: Scratch

  /// A complete run.
  init() throws {
    scratch = try Scratch()
    try TestRun(TestRun.json("agent.iterations=3"), at: scratch["run"]).run()
  }

  private func bench(_ arguments: String...) throws -> Tool.Result {
    try Tool.bench.run(arguments, in: scratch.path)
  }

  /// There is no other place for a run that goes on.
  @Test func resumingHasOnePlace() throws {
    let lock = open(scratch["run/.lock"], O_WRONLY | O_CLOEXEC)
    defer { close(lock) }
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let busy = try bench("resume", "run", "--from", "3")
    #expect(busy.status == ExitReason.busy.rawValue)
    #expect(
      busy.errors == "error: another process is running in run\n  Wait for it, or stop it.\n")
    try FileManager.default.removeItem(atPath: scratch["run/.lock"])
    try FileManager.default.createDirectory(
      atPath: scratch["run/.lock"], withIntermediateDirectories: false)
    let closed = try bench("resume", "run", "--from", "3")
    #expect(closed.status == ExitReason.cannotCreate.rawValue)
    #expect(
      closed.errors.hasSuffix(
        ": Is a directory\n  Make it writable for this user, or choose another place.\n"),
      "\(closed.errors)")
  }

  @Test func aReportIsNotResumed() throws {
    let full = try Tool.bench.run(
      ["report", "run", "--output", "drawn"], in: scratch.path, fileSizeLimit: 1)
    #expect(full.status == ExitReason.inputOutput.rawValue)
    #expect(
      full.errors.contains("\n  Raise the file size limit, then try again; "), "\(full.errors)")
  }

  @Test func aTestChangesNotWhatWasLearned() throws {
    let result = try bench("eval", "run", "--set", "agent.discount=0.5")
    #expect(result.status == ExitReason.changedExperiment.rawValue)
    #expect(
      result.errors.contains(
        "agent.discount = 0.9, not 0.5\n  A test can change environment, task and evaluation alone: "
          + "leave out that --set, "), "\(result.errors)")
  }

  /// What is written to files comes after what nobody reads any more.
  @Test func aReaderThatHasReadEnoughKeepsNoFilesFromBeingWritten() throws {
    let command =
      "{ sleep 0.2; exec env --default-signal=PIPE \"$0\" report run --output drawn; } | true; "
      + "exit ${PIPESTATUS[0]}"
    let result = try Tool.shell.run(["-c", command, Tool.bench.path], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    for name in ["learning.png", "summary.json"] { #expect(scratch.bytes("drawn/" + name) != nil) }
  }
}
