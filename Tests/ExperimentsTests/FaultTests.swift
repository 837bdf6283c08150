import Experiments
import Foundation
import Testing
import TestSupport

/// Every foreseeable failure: the exit status, two lines that help, and nothing harmed.
@Suite struct FaultTests {
  private let scratch: Scratch
  private static let experiment = """
    {"name": "walk", "environment": "walk", "agent": {"name": "wanderer", "iterations": 200},
     "checkpoint": {"every": 5}}
    """

  /// Whether permissions can be tried on the program.
  private static let canRunUnprivileged = Tool.bench.canRunUnprivileged

  init() throws {
    scratch = try Scratch()
    try scratch.write(Self.experiment, to: "walk.json")
  }

  private func expectFailure(
    _ result: Tool.Result, _ status: ExitReason, _ part: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status.rawValue, "\(result.errors)", sourceLocation: sourceLocation)
    let lines = result.errors.split(separator: "\n")
    let first = lines.firstIndex { $0.hasPrefix("error: ") }
    #expect(first == lines.count - 2, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains(part), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(lines.last?.hasPrefix("  ") == true, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    ("{\n  \"name\": \"walk\",\n}", "bad.json: line 3, column 1: there is a comma"),
    ("", "bad.json: line 1, column 1: the text is empty"),
    ("[]", "the experiment: is a list"),
    (#"{"name": "walk", "environment": "walk"}"#, "agent: is missing"),
    (#"{"name": "walk", "learner": "bptt"}"#, "task: is missing"),
    (#"{"name": "walk"}"#, "the experiment: there is nothing to be learned"),
    (
      #"{"name": "walk", "environment": "walk", "agent": "wanderer", "task": "sign-copy"}"#,
      "task: does not go together with “environment”"
    ),
    (
      #"{"name": "copy", "task": "sign-cpoy", "learner": "bptt"}"#, "Did you mean “sign-copy”?"
    ),
    (
      #"{"name": "copy", "task": "sign-copy", "learner": "bptt", "evaluation": {"episodes": 3}}"#,
      "task.examples.test"
    ),
    (
      #"{"name": "copy", "task": "sign-copy", "learner": {"name": "bptt", "stages": ["wramup"]}}"#,
      "learner.stages[0].name: there is no stage"
    ),
    (
      #"{"name": "walk", "environment": "wlak", "agent": "wanderer"}"#,
      "Did you mean “walk”?"
    ),
    (
      #"{"name": "walk", "environment": "walk", "agent": {"name": "wanderer", "weights": -1}}"#,
      "agent.weights: -1 is out of range"
    ),
    (
      #"{"name": "walk", "environment": "walk", "agent": {"name": "wanderer", "weights": "7"}}"#,
      "agent.weights: is a text"
    ),
    (
      #"{"name": "walk", "environment": {"name": "walk", "lenght": 3}, "agent": "wanderer"}"#,
      "environment.lenght: is not an option here"
    ),
    (
      #"{"name": "../walk", "environment": "walk", "agent": "wanderer"}"#,
      "cannot be the name of a directory"
    ),
    (
      #"{"name": "walk", "environment": "walk", "agent": "wanderer", "sead": 3}"#,
      "Did you mean “seed”?"
    ),
    (#"{"name": "q", "environment": "cartpole", "agent": "kl-ppo"}"#, "needs continuous actions"),
    (
      #"{"name": "q", "environment": "pendulum", "agent": {"name": "ppo", "network":"#
        + #" {"name": "recurrent", "sizes": [65536], "hidden": [65536]}}}"#,
      "agent.network: makes a network of"
    ),
    (
      #"{"name": "q", "environment": {"name": "arm-reaching-events","#
        + #" "camera": {"width": 4096, "height": 4096}}, "agent": "spore"}"#,
      "agent.network: makes up to 134217728 plastic synapses"
    ),
  ])
  func wrongExperiments(text: String, part: String) throws {
    try scratch.write(text, to: "bad.json")
    let result = try Tool.bench.run(["run", "bad.json", "--output", "out"], in: scratch.path)
    expectFailure(result, .configuration, part)
    #expect(!FileManager.default.fileExists(atPath: scratch["out"]))
  }

  @Test func wrongChanges() throws {
    for (change, part) in [
      ("agent.lerningRate=1", "Did you mean “learningRate”?"), ("seed", "sets no value"),
      ("agent.learningRate=2", "2 is out of range"), ("agent.learningRate=fast", "is a text"),
    ] {
      let result = try Tool.bench.run(["run", "walk.json", "--set", change], in: scratch.path)
      expectFailure(result, .configuration, part)
    }
  }

  @Test func anExperimentIsAnObject() throws {
    try scratch.write("[]", to: "list.json")
    let result = try Tool.bench.run(["run", "list.json", "--threads", "1"], in: scratch.path)
    expectFailure(result, .configuration, "is a list, so it has no “threads”\n  Write an object")
  }

  @Test func missingFilesAndRuns() throws {
    let file = try Tool.bench.run(["run", "nothing.json"], in: scratch.path)
    expectFailure(file, .notFound, "cannot read nothing.json: No such file or directory")
    let directory = try Tool.bench.run(["run", "."], in: scratch.path)
    expectFailure(directory, .notFound, ". is not a file")
    for verb in ["resume", "eval", "report"] {
      let missing = try Tool.bench.run([verb, "nowhere"], in: scratch.path)
      expectFailure(missing, .notFound, "there is no directory nowhere")
      let empty = try Tool.bench.run([verb, "."], in: scratch.path)
      expectFailure(empty, .notFound, "there is no run in .")
    }
  }

  @Test func wrongUsage() throws {
    for arguments in [
      ["fly"], ["run"], ["run", "walk.json", "--seeds", "0"], ["run", "walk.json", "--seed", "-1"],
      ["run", "walk.json", "--jobs", "0"], ["run", "walk.json", "--threads", "-2"],
      ["run", "walk.json", "--jobs", "2", "--threads", "2"],
      ["resume", "x", "--jobs", "2", "--threads", "0"], ["report"],
      ["eval", "x", "--episodes", "0"], ["eval", "x", "--checkpoint", "worst"],
    ] {
      let result = try Tool.bench.run(arguments, in: scratch.path)
      #expect(result.status == ExitReason.usage.rawValue, "\(arguments) \(result.errors)")
    }
    for (arguments, part) in [
      (["run", "walk.json", "--jobs", "-1"], "--jobs is 1 to 1024"),
      (["run", "walk.json", "--seeds", "-1"], "--seeds is 1 to "),
      (["run", "walk.json", "--seed", "-1"], "The value '-1' is invalid for '--seed"),
      (["resume", "x", "--threads", "-1"], "--threads is 0 to 1024"),
      (["eval", "x", "--episodes", "-1"], "--episodes is 1 to 1000000"),
      (["watch", "x", "--steps", "-1"], "--steps is at least 1"),
      (["run", "x.json", "--seeds=2", "--output", ""], "The value '' is invalid for '--output"),
      (["report", "x", "--output", ""], "The value '' is invalid for '--output"),
      (["analyze", "x", "--output", ""], "The value '' is invalid for '--output"),
    ] {
      let result = try Tool.bench.run(arguments, in: scratch.path)
      #expect(result.status == ExitReason.usage.rawValue, "\(arguments) \(result.errors)")
      #expect(result.errors.contains(part), "\(arguments) \(result.errors)")
    }
    let list = try Tool.bench.run(["list", "agent"], in: scratch.path)
    expectFailure(list, .usage, "Did you mean “agents”?")
  }

  @Test func unwritablePlaces() throws {
    try scratch.write("in the way", to: "file")
    let below = try Tool.bench.run(
      ["run", "walk.json", "--output", "file/run"], in: scratch.path)
    expectFailure(below, .cannotCreate, "cannot create directory file/run: Not a directory")
    let taken = try Tool.bench.run(["run", "walk.json", "--output", "."], in: scratch.path)
    expectFailure(taken, .cannotCreate, ". is not empty and holds no run")
    #expect(scratch.bytes("file") == Array("in the way".utf8))
    try FileManager.default.createSymbolicLink(
      atPath: scratch["link"], withDestinationPath: "nowhere")
    for place in ["/proc/run", "link", "link/run"] {
      let result = try Tool.bench.run(["run", "walk.json", "--output", place], in: scratch.path)
      expectFailure(result, .cannotCreate, "cannot create directory ")
    }
  }

  /// One report is made of all runs of a directory.
  @Test func aGridDoesNotGoAmongRunsOfAnotherExperiment() throws {
    func run(_ iterations: Int, _ arguments: String...) throws -> Tool.Result {
      try Tool.bench.run(
        ["run", "walk.json", "--output", "out", "--set", "agent.iterations=\(iterations)"]
          + arguments,
        in: scratch.path)
    }
    let grid = #"grid={"agent.weights": [2, 3]}"#
    #expect(try run(3, "--seeds", "2").status == 0)
    let before = try scratch.snapshot(of: "out")
    expectFailure(
      try run(4, "--set", grid), .changedExperiment,
      "the run in out/seed0 was started with agent.iterations = 3, not 4")
    #expect(try scratch.snapshot(of: "out") == before)
    for _ in 0..<2 {
      let result = try run(3, "--set", grid)
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test(.enabled(if: canRunUnprivileged, "only root may run the program where it is"))
  func closedDirectories() throws {
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: scratch["closed"], withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o555])
    try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.path)
    let closed = try Tool.bench.runUnprivileged(
      ["run", "walk.json", "--output", "closed/run"], in: scratch.path)
    expectFailure(closed, .cannotCreate, "cannot create directory closed/run: Permission denied")
  }

  @Test(.enabled(if: canRunUnprivileged, "only root may run the program where it is"))
  func whatCannotBeReadIsToBeMadeReadable() throws {
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: scratch["closed"], withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0])
    for (path, permissions) in [("", 0o755), ("walk.json", 0)] {
      try manager.setAttributes([.posixPermissions: permissions], ofItemAtPath: scratch[path])
    }
    for (arguments, path) in [
      (["run", "walk.json"], "walk.json"),
      (["list", "experiments", "--experiments", "closed"], "closed"),
    ] {
      let result = try Tool.bench.runUnprivileged(arguments, in: scratch.path)
      expectFailure(
        result, .inputOutput, "cannot read \(path): Permission denied\n  Make it readable")
    }
    // For the directory to be removed.
    try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch["closed"])
  }

  /// Figures over some of the seeds would look like those over all.
  @Test(.enabled(if: canRunUnprivileged, "only root may run the program where it is"))
  func hiddenRunsAreNotLeftOut() throws {
    let run = try Tool.bench.run(
      ["run", "walk.json", "--seeds", "2", "--output", "out", "--set", "agent.iterations=3"],
      in: scratch.path)
    try #require(run.status == 0, "\(run.errors)")
    let manager = FileManager.default
    for (path, permissions) in [("", 0o755), ("out", 0o777), ("out/seed1", 0)] {
      try manager.setAttributes([.posixPermissions: permissions], ofItemAtPath: scratch[path])
    }
    for verb in ["report", "eval", "resume"] {
      expectFailure(
        try Tool.bench.runUnprivileged([verb, "out"], in: scratch.path), .inputOutput,
        "cannot read out/seed1/experiment.json: Permission denied\n  Make it readable")
    }
    try manager.setAttributes([.posixPermissions: 0o311], ofItemAtPath: scratch["out"])
    expectFailure(
      try Tool.bench.runUnprivileged(["report", "out"], in: scratch.path), .inputOutput,
      "cannot read out: Permission denied")
    for path in ["out", "out/seed1"] {
      try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch[path])
    }
  }

  /// Checkpoints that cannot be seen are not taken for none, or the logs would begin anew.
  @Test(.enabled(if: canRunUnprivileged, "only root may run the program where it is"))
  func hiddenCheckpointsStopTheRun() throws {
    let run = try Tool.bench.run(["run", "walk.json", "--output", "run"], in: scratch.path)
    #expect(run.status == 0)
    let manager = FileManager.default
    try manager.removeItem(atPath: scratch["run/summary.json"])
    let metrics = scratch.bytes("run/metrics.jsonl")
    for (path, permissions) in [
      ("", 0o755), ("run", 0o777), ("run/.lock", 0o666), ("run/metrics.jsonl", 0o666),
      ("run/timings.jsonl", 0o666), ("run/events.out.tfevents.metarl", 0o666),
      ("run/checkpoints", 0),
    ] {
      try manager.setAttributes([.posixPermissions: permissions], ofItemAtPath: scratch[path])
    }
    let hidden = try Tool.bench.runUnprivileged(["resume", "run"], in: scratch.path)
    expectFailure(hidden, .inputOutput, "cannot read run/checkpoints: Permission denied")
    #expect(scratch.bytes("run/metrics.jsonl") == metrics)
    try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch["run/checkpoints"])
    let resumed = try Tool.bench.run(["resume", "run"], in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  /// A limit on the size of files stands in for a full disk: both make a write fail half-way.
  @Test func aFullDiskLeavesWholeCheckpointsAndCanBeResumed() throws {
    let whole = try Tool.bench.run(["run", "walk.json", "--output", "whole"], in: scratch.path)
    #expect(whole.status == 0)
    let full = try Tool.bench.run(
      ["run", "walk.json", "--output", "full"], in: scratch.path, fileSizeLimit: 12)
    expectFailure(full, .inputOutput, "File too large")
    let store = CheckpointStore(directory: scratch["full/checkpoints"])
    for iteration in store.iterations { _ = try store.read(iteration) }
    #expect(!store.iterations.isEmpty)
    let resumed = try Tool.bench.run(["resume", "full"], in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(
      scratch.comparableFiles(of: "full", lastCheckpoint: "00000200")
        == scratch.comparableFiles(of: "whole", lastCheckpoint: "00000200"))
  }

  @Test(arguments: [
    "schema", "eval run --json", "report run", "list", "describe gru", "describe walk.json",
    "check-env walk", "resume run",
  ])
  func resultsThatCannotBeWrittenAreAFailure(command: String) throws {
    let run = try Tool.bench.run(
      ["run", "walk.json", "--output", "run", "--set", "agent.iterations=3"], in: scratch.path)
    try #require(run.status == 0, "\(run.errors)")
    let full = try Tool.shell.run(
      ["-c", "\"$0\" \(command) >/dev/full", Tool.bench.path], in: scratch.path)
    expectFailure(
      full, .inputOutput, "cannot write to standard output: No space left on device")
  }

  /// As `head` does; where signals of pipes are ignored, the program sees it as a failed write.
  @Test func aReaderThatHasReadEnoughIsNoFailure() throws {
    let command = "trap '' PIPE; { sleep 0.2; exec \"$0\" schema; } | true; exit ${PIPESTATUS[0]}"
    let result = try Tool.shell.run(["-c", command, Tool.bench.path], in: scratch.path)
    #expect(result.status == 0 && result.errors == "", "\(result.errors)")
  }

  @Test func aCheckpointThatDoesNotFitOnTheDiskLeavesTheOneBefore() throws {
    let full = try Tool.bench.run(
      ["run", "walk.json", "--output", "full", "--set", "agent.weights=4000"], in: scratch.path,
      fileSizeLimit: 12)
    expectFailure(full, .inputOutput, "File too large")
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch["full/checkpoints"])
    #expect(names.isEmpty)
  }

  @Test func aFigureThatCannotBeDrawnIsNoFailure() throws {
    _ = try Tool.bench.run(["run", "walk.json", "--output", "run"], in: scratch.path)
    try FileManager.default.removeItem(atPath: scratch["run/figures"])
    try FileManager.default.removeItem(atPath: scratch["run/summary.json"])
    try scratch.write("in the way", to: "run/figures")
    let result = try Tool.bench.run(["resume", "run", "--quiet"], in: scratch.path)
    #expect(result.status == 0)
    #expect(scratch.bytes("run/summary.json") != nil)
    #expect(
      result.errors == """
        warning: there is no learning curve: cannot create directory run/figures: File exists
          The results are complete all the same; draw it with: metarl report run

        """)
  }

  @Test func numbersThatFail() throws {
    let result = try Tool.bench.run(
      ["run", "walk.json", "--output", "nan", "--set", "agent.failAt=12"], in: scratch.path)
    expectFailure(result, .numerical, "is not finite in iteration 12, step 3 (environment walk)")
    #expect(result.errors.contains("What it came from is in nan/nan."))
    let again = try Tool.bench.run(["eval", "nan"], in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output.contains("iteration 10"))
  }

  /// Rewards grow beyond all numbers, and the agent that learns from them notices.
  @Test func rewardsThatAreNoNumbers() throws {
    let agent =
      #"{"name": "a2c", "steps": 4000, "environments": 2, "rolloutSteps": 10, "#
      + #""rolloutsPerIteration": 2, "network": {"name": "recurrent", "sizes": [], "hidden": [4]}}"#
    let result = try Tool.bench.run(
      [
        "run", "walk.json", "--output", "run", "--set", "agent=" + agent, "--set",
        "environment.gain=1e39",
      ], in: scratch.path)
    expectFailure(result, .numerical, "is not finite in iteration 1")
    #expect(result.errors.contains("reward"), "\(result.errors)")
    #expect(scratch.bytes("run/experiment.json") != nil)
    #expect(scratch.bytes("run/summary.json") == nil)
  }

  /// The advice works, also on a complete run.
  @Test func aWrongLineOfMetricsIsCutOff() throws {
    let run = try Tool.bench.run(["run", "walk.json", "--output", "run"], in: scratch.path)
    #expect(run.status == 0)
    let metrics = String(decoding: try #require(scratch.bytes("run/metrics.jsonl")), as: UTF8.self)
    try scratch.write(metrics + "no row\n", to: "run/metrics.jsonl")
    let behind = try Tool.bench.run(["report", "run"], in: scratch.path)
    expectFailure(behind, .inputOutput, "line 201 is not a row of metrics")
    #expect(behind.errors.contains(" with: metarl resume run --from 200\n"), "\(behind.errors)")
    let resumed = try Tool.bench.run(["resume", "run", "--from", "200"], in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(scratch.bytes("run/metrics.jsonl") == Array(metrics.utf8))
    try scratch.write("no row\n" + metrics, to: "run/metrics.jsonl")
    let before = try Tool.bench.run(["report", "run"], in: scratch.path)
    expectFailure(before, .inputOutput, "\n  Restore the file, or start the run anew")
  }

  @Test func damagedAndForeignCheckpoints() throws {
    let run = try Tool.bench.run(["run", "walk.json", "--output", "run"], in: scratch.path)
    #expect(run.status == 0)
    try FileManager.default.removeItem(atPath: scratch["run/summary.json"])
    try Data([0]).write(
      to: URL(fileURLWithPath: scratch["run/checkpoints/00000200/state.json"]))
    let damaged = try Tool.bench.run(["resume", "run"], in: scratch.path)
    expectFailure(damaged, .checkpoint, "resume it with --from 195")
    let earlier = try Tool.bench.run(["resume", "run", "--from", "195"], in: scratch.path)
    #expect(earlier.status == 0, "\(earlier.errors)")
    let other = try Tool.bench.run(
      ["run", "walk.json", "--output", "run", "--set", "agent.weights=8"], in: scratch.path)
    expectFailure(other, .changedExperiment, "agent.weights = 7, not 8")
  }
}
