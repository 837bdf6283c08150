import Agents
import Configuration
import Experiments
import Foundation
import Glibc
import Testing
import TestSupport

@Suite struct SweepTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      """
      {"name": "walk", "seed": 9, "environment": "walk", "agent": "wanderer",
       "checkpoint": {"every": 5}}
      """, to: "walk.json")
  }

  @Test func jobsDoNotMatterAndRepeatingGoesOn() throws {
    let arguments = ["run", "walk.json", "--seeds", "3"]
    let serial = try Tool.bench.run(arguments + ["--output", "serial"], in: scratch.path)
    #expect(serial.status == 0, "\(serial.errors)")
    #expect(serial.output.contains("3 seeds"))
    let parallel = try Tool.bench.run(
      arguments + ["--output", "parallel", "--jobs", "2"], in: scratch.path)
    #expect(parallel.status == 0, "\(parallel.errors)")
    #expect(parallel.output == serial.output)
    for seed in ["seed9", "seed10", "seed11"] {
      #expect(
        scratch.comparableFiles(of: "serial/" + seed, lastCheckpoint: "00000020")
          == scratch.comparableFiles(of: "parallel/" + seed, lastCheckpoint: "00000020"))
    }
    #expect(
      scratch.bytes("serial/seed9/metrics.jsonl") != scratch.bytes("serial/seed10/metrics.jsonl"))

    // Lose one run and half of another; the same command mends both and leaves the third alone.
    try FileManager.default.removeItem(atPath: scratch["serial/seed10"])
    try FileManager.default.removeItem(atPath: scratch["serial/seed11/summary.json"])
    let untouched = scratch.bytes("serial/seed9/timings.jsonl")
    let again = try Tool.bench.run(arguments + ["--output", "serial"], in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output == serial.output)
    #expect(scratch.bytes("serial/seed9/timings.jsonl") == untouched)
    let report = try Tool.bench.run(["report", "serial"], in: scratch.path)
    #expect(report.output == serial.output)
    let resumed = try Tool.bench.run(["resume", "serial"], in: scratch.path)
    #expect(resumed.output == serial.output)
  }

  /// What `--seed` says of the first run is not true of the others.
  @Test func everyRunTellsItsOwnSeed() throws {
    let result = try Tool.bench.run(
      [
        "run", "walk.json", "--seed", "4", "--seeds", "2", "--set", "agent.iterations=2",
        "--output", "out",
      ],
      in: scratch.path)
    try #require(result.status == 0, "\(result.errors)")
    for seed in [4, 5] {
      let summary = try JSONValue(
        parsing: String(contentsOfFile: scratch["out/seed\(seed)/summary.json"], encoding: .utf8))
      #expect(summary["seed"] == .number(seed))
      #expect(summary["changes"]?["seed"] == .number(seed))
    }
  }

  /// The seeds of every agent, one after the other on two threads, or at the same time on one each.
  @Test(arguments: SmallExperiment.names)
  func neitherJobsNorThreadsMatter(agent: String) throws {
    let arguments = ["run", SmallExperiment.path(of: agent), "--seeds", "2", "--quiet"]
    let serial = try Tool.metarl.run(
      arguments + ["--output", "serial", "--threads", "2"], in: scratch.path)
    try #require(serial.status == 0, "\(serial.errors)")
    let parallel = try Tool.metarl.run(
      arguments + ["--output", "parallel", "--jobs", "2"], in: scratch.path)
    try #require(parallel.status == 0, "\(parallel.errors)")
    #expect(parallel.output == serial.output)
    for seed in ["seed0", "seed1"] {
      let end = RunDirectory(scratch["serial/" + seed]).checkpoints.iterations.last
      let last = CheckpointStore.name(of: try #require(end))
      let expected = scratch.comparableFiles(of: "serial/" + seed, lastCheckpoint: last)
      #expect(
        scratch.differingFiles(of: "parallel/" + seed, lastCheckpoint: last, from: expected) == [])
    }
    #expect(
      scratch.bytes("serial/seed0/metrics.jsonl") != scratch.bytes("serial/seed1/metrics.jsonl"))
  }

  @Test func aFailingSeedIsReportedWithItsStatus() throws {
    let result = try Tool.bench.run(
      [
        "run", "walk.json", "--seeds", "2", "--jobs", "2", "--output", "out", "--set",
        "agent.failAt=3",
      ], in: scratch.path)
    #expect(result.status == ExitReason.numerical.rawValue, "\(result.errors)")
    #expect(
      result.errors.contains(
        "error: 2 of 2 runs in out failed: seed9, seed10\n  See above what became of them; "))
    // The first thing a sweep does is what its seeds have in common.
    let references = scratch.bytes("out/seed9/references.json")
    #expect(references != nil && scratch.bytes("out/seed10/references.json") == references)
  }

  /// A number that stops being finite in one run keeps no other from its end.
  @Test(arguments: ["1", "2"]) func theRunsAfterAFailingOneAreCarriedOut(jobs: String) throws {
    let result = try Tool.bench.run(
      [
        "run", "walk.json", "--jobs", jobs, "--output", "out", "--set",
        #"grid={"agent.failAt": [3, 4, 900]}"#,
      ], in: scratch.path)
    let resumed = try Tool.bench.run(["resume", "out", "--jobs", jobs], in: scratch.path)
    for end in [result, resumed] {
      #expect(end.status == ExitReason.numerical.rawValue, "\(end.errors)")
      #expect(end.errors.contains("is not finite in iteration 3, step 3"), "\(end.errors)")
      #expect(
        end.errors.contains("error: 2 of 3 runs in out failed: failAt-3_seed9, failAt-4_seed9\n"),
        "\(end.errors)")
      #expect(end.errors.contains("metarl report out"))
    }
    #expect(RunDirectory(scratch["out/failAt-900_seed9"]).isFinished)
    #expect(!RunDirectory(scratch["out/failAt-3_seed9"]).isFinished)
    #expect(try Tool.bench.run(["report", "out"], in: scratch.path).status == 0)
  }

  /// After other failures, here damaged checkpoints, no further run begins.
  @Test(arguments: ["1", "2"]) func otherFailuresEndTheSweep(jobs: String) throws {
    let sweep = ["run", "walk.json", "--seeds", "3", "--jobs", jobs, "--output", "out"]
    let whole = try Tool.bench.run(sweep, in: scratch.path)
    try #require(whole.status == 0, "\(whole.errors)")
    for seed in ["seed9", "seed10", "seed11"] {
      try FileManager.default.removeItem(atPath: scratch["out/\(seed)/summary.json"])
      guard seed != "seed11" else { continue }
      for iteration in RunDirectory(scratch["out/" + seed]).checkpoints.iterations {
        let name = CheckpointStore.name(of: iteration)
        try scratch.write("damaged", to: "out/\(seed)/checkpoints/\(name)/manifest.json")
      }
    }
    let result = try Tool.bench.run(sweep, in: scratch.path)
    #expect(result.status == ExitReason.checkpoint.rawValue, "\(result.errors)")
    #expect(!RunDirectory(scratch["out/seed11"]).isFinished)
  }

  /// Neither the order of the file nor that of the letters, in which 10 comes before 9.
  @Test func runsHaveOneOrder() throws {
    let run = try Tool.bench.run(
      [
        "run", "walk.json", "--output", "out", "--set", "agent.iterations=4", "--set",
        #"grid={"agent.weights": [10, 9, 100], "agent.learningRate": [0.01, 1e-3]}"#,
      ], in: scratch.path)
    #expect(run.status == 0, "\(run.errors)")
    let places = ["9", "10", "100"].flatMap { weights in
      ["1e-3", "0.01"].map { "out/weights-\(weights)_learningRate-\($0)_seed9" }
    }
    let begun = run.errors.split(separator: "\n").map { String($0) }.filter { $0.hasPrefix("run ") }
    #expect(begun == places.enumerated().map { "run \($0 + 1) of 6: \($1)" }, "\(run.errors)")
    #expect(try RunDirectory(scratch["out"]).runsBelow.map(\.path) == places.map { scratch[$0] })
    for verb in ["resume", "report"] {
      #expect(try Tool.bench.run([verb, "out"], in: scratch.path).output == run.output)
    }
  }

  /// Seed 9 has one name whether or not a seed of more digits comes with it.
  @Test func moreSeedsLeaveThoseThatAreThere() throws {
    func run(_ count: String) throws -> String {
      let result = try Tool.bench.run(
        ["run", "walk.json", "--seeds", count, "--output", "out", "--set", "agent.iterations=4"],
        in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    _ = try run("1")
    let timings = scratch.bytes("out/seed9/timings.jsonl")
    #expect(try run("3").contains("3 seeds"))
    #expect(scratch.bytes("out/seed9/timings.jsonl") == timings)
    #expect(
      try RunDirectory(scratch["out"]).runsBelow.map(\.name) == ["seed9", "seed10", "seed11"])

    // As earlier versions called it.
    try FileManager.default.moveItem(atPath: scratch["out/seed9"], toPath: scratch["out/seed009"])
    #expect(try run("4").contains("4 seeds"))
    #expect(scratch.bytes("out/seed009/timings.jsonl") == timings)
    #expect(
      try RunDirectory(scratch["out"]).runsBelow.map(\.name)
        == ["seed009", "seed10", "seed11", "seed12"])
  }

  /// What a command prints and draws of the directory is what `report` does.
  @Test func anotherSeedIsReportedWithThoseThatAreThere() throws {
    let sweep = ["run", "walk.json", "--output", "out", "--set", "agent.iterations=4"]
    for seeds in [["--seeds", "2"], ["--seed", "20", "--seeds", "1"]] {
      let run = try Tool.bench.run(sweep + seeds, in: scratch.path)
      #expect(run.status == 0, "\(run.errors)")
      let drawn = scratch.bytes("out/figures/learning.svg")
      let report = try Tool.bench.run(["report", "out"], in: scratch.path)
      #expect(run.output == report.output)
      #expect(drawn != nil && drawn == scratch.bytes("out/figures/learning.svg"))
    }
    let all = try Tool.bench.run(["report", "out"], in: scratch.path).output
    #expect(all.contains("3 seeds"), "\(all)")
  }

  /// As a rebuild does that comes between the first run and the second.
  @Test func aSweepOutlivesItsExecutable() throws {
    let program = try Tool.bench.copied(to: scratch["program"])
    let running = try program.start(
      [
        "run", "walk.json", "--seeds", "3", "--jobs", "2", "--output", "out", "--set",
        "agent.delay=50",
      ],
      in: scratch.path)
    let deadline = Date() + 20
    while scratch.bytes("out/seed9/metrics.jsonl") == nil {
      try #require(Date() < deadline)
      usleep(1000)
    }
    #expect(scratch.bytes("out/seed11/metrics.jsonl") == nil)
    try FileManager.default.removeItem(atPath: program.path)
    try scratch.write("no program", to: "program")
    let result = try running.finish()
    #expect(result.status == 0, "\(result.errors)")
    #expect(RunDirectory(scratch["out/seed11"]).isFinished)
  }

  /// A change of several runs at once is refused; the line that is proposed instead makes it in each of them.
  @Test func changesGoToOneRunAtATime() throws {
    let run = try Tool.bench.run(
      ["run", "walk.json", "--seeds", "2", "--output", "out it's"], in: scratch.path)
    try #require(run.status == 0, "\(run.errors)")
    let refused = try Tool.bench.run(
      [
        "resume", "out it's", "--from", "15", "--set", "agent.iterations=25",
        "--allow-config-change", "agent.iterations",
      ], in: scratch.path)
    #expect(refused.status == ExitReason.usage.rawValue, "\(refused.errors)")
    #expect(refused.errors.contains("go with a single run, out it's holds 2"), "\(refused.errors)")
    let start = try #require(refused.errors.range(of: "for run in "))
    let command = refused.errors[start.lowerBound...]
      .replacing("metarl resume", with: "\(Tool.bench.path) resume")
    let each = try Tool.shell.run(["-c", String(command)], in: scratch.path)
    #expect(each.status == 0, "\(command): \(each.errors)")
    for seed in ["seed9", "seed10"] {
      let stored = try RunDirectory(scratch["out it's/" + seed]).storedExperiment()
      #expect(stored["agent"]?["iterations"] == .number(25))
      let summary = try Summary(contentsOf: scratch["out it's/\(seed)/summary.json"])
      #expect(summary.progress.iterations == 25)
    }
  }

  /// What was edited in the files of stopped runs is allowed to the processes that go on with them, too.
  @Test(arguments: ["1", "2"]) func anAllowedChangeReachesEveryRun(jobs: String) throws {
    let run = try Tool.bench.run(
      ["run", "walk.json", "--seeds", "2", "--output", "out"], in: scratch.path)
    try #require(run.status == 0, "\(run.errors)")
    for seed in ["out/seed9", "out/seed10"] {
      let edited = try RunDirectory(scratch[seed]).storedExperiment()
        .applying(Override("agent.iterations=25"))
      try scratch.write(edited.pretty, to: seed + "/experiment.json")
      try FileManager.default.removeItem(atPath: scratch[seed + "/summary.json"])
    }
    func resume(_ arguments: String...) throws -> Tool.Result {
      try Tool.bench.run(["resume", "out", "--jobs", jobs] + arguments, in: scratch.path)
    }
    #expect(try resume().status == ExitReason.changedExperiment.rawValue)
    let allowed = try resume("--allow-config-change", "agent.iterations")
    #expect(allowed.status == 0, "\(allowed.errors)")
    for seed in ["out/seed9", "out/seed10"] {
      #expect(try Summary(contentsOf: scratch[seed + "/summary.json"]).progress.iterations == 25)
    }
  }

  private func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch[directory]).sorted()
      .filter { $0 != "figures" }
  }

  /// The seeds of the file are used as those of the command line are, and these come before them.
  @Test func theFileMaySayItsSeeds() throws {
    try scratch.write(
      """
      {"name": "walk", "seeds": [12, 9, 110], "environment": "walk",
       "agent": {"name": "wanderer", "iterations": 4}, "checkpoint": {"every": 2}}
      """, to: "seeds.json")
    func run(_ name: String, _ arguments: String...) throws -> Tool.Result {
      let result = try Tool.bench.run(
        ["run", "seeds.json", "--output", name] + arguments, in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
      return result
    }
    let listed = try run("listed")
    #expect(try names(in: "listed") == ["seed110", "seed12", "seed9"])
    let lines = listed.output.split(separator: "\n").map { $0.prefix(8) }
    #expect(Array(lines.dropFirst().prefix(4)) == ["seed 9  ", "seed 12 ", "seed 110", "3 seeds "])
    #expect(
      try Tool.bench.run(["report", "listed"], in: scratch.path).output == listed.output)
    let stored = try RunDirectory(scratch["listed/seed12"]).storedExperiment()
    #expect(stored["seed"] == .number("12") && stored["seeds"] == nil)

    // The same bits as a run of that seed alone, in the layout of a single run.
    _ = try run("single", "--seed", "12")
    #expect(try RunDirectory(scratch["single"]).holdsRun)
    #expect(
      scratch.comparableFiles(of: "single", lastCheckpoint: "00000004")
        == scratch.comparableFiles(of: "listed/seed12", lastCheckpoint: "00000004"))
    _ = try run("first", "--seeds", "2")
    #expect(try names(in: "first") == ["seed10", "seed9"])
    _ = try run("both", "--seed", "3", "--seeds", "2")
    #expect(try names(in: "both") == ["seed3", "seed4"])
    _ = try run("counted", "--set", "seeds=2")
    #expect(try names(in: "counted") == ["seed0", "seed1"])
    _ = try run("one", "--set", "seeds=1")
    #expect(try names(in: "one") == ["seed0"])
    _ = try run("grid", "--set", #"grid={"agent.weights": [2, 3]}"#, "--set", "seeds=[5]")
    #expect(try names(in: "grid") == ["weights-2_seed5", "weights-3_seed5"])
  }

  @Test(arguments: [
    ("0", "seeds: 0 is out of range"), ("100001", "seeds: 100001 is out of range"),
    ("1.5", "seeds: 1.5 is not a whole number"), ("true", "seeds: is true or false"),
    ("[]", "seeds: has 0 seeds"), ("[3, 4, 3]", "seeds[2]: 3 appears twice"),
    ("[1, -2]", "seeds[1]: -2 is out of range"), (#"["1"]"#, "seeds[0]: is a text"),
    ("null", "seeds: is null"),
  ])
  func wrongSeedsAreRefused(seeds: String, problem: String) throws {
    try scratch.write(
      #"{"name": "walk", "seeds": \#(seeds), "environment": "walk", "agent": "wanderer"}"#,
      to: "wrong.json")
    for verb in [["run", "wrong.json", "--output", "out"], ["describe", "wrong.json"]] {
      let result = try Tool.bench.run(verb, in: scratch.path)
      #expect(result.status == ExitReason.configuration.rawValue)
      #expect(result.errors.contains(problem), "\(result.errors)")
    }
  }

  /// A file says either which seed or which seeds, also after changes.
  @Test func oneSeedAndSeveralDoNotGoTogether() throws {
    let result = try Tool.bench.run(
      ["run", "walk.json", "--output", "out", "--set", "seeds=2"], in: scratch.path)
    #expect(result.status == ExitReason.configuration.rawValue)
    #expect(result.errors.contains("seeds: does not go together with “seed”"), "\(result.errors)")
    let last = try Tool.bench.run(
      ["run", "walk.json", "--seed", "18446744073709551615", "--seeds", "2"], in: scratch.path)
    #expect(last.status == ExitReason.configuration.rawValue)
    #expect(last.errors.contains("leaves no room for 2 seeds"), "\(last.errors)")
  }

  @Test func describeSaysHowManyRunsThereAre() throws {
    for (seeds, grid, text) in [
      ("4", "{}", "4 runs: seeds 0 to 3\n"), ("[7, 3]", "{}", "2 runs: seeds 3, 7\n"),
      (
        "[7, 3, 5]", #"{"agent.weights": [2, 3]}"#,
        "6 runs: seeds 3, 5, 7 at each of 2 points of the grid\n"
      ),
    ] {
      try scratch.write(
        #"{"name": "walk", "seeds": \#(seeds), "grid": \#(grid), "environment": "walk","#
          + #" "agent": "wanderer"}"#, to: "seeds.json")
      let result = try Tool.bench.run(["describe", "seeds.json"], in: scratch.path)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains(text), "\(result.output)")
      // What is printed can be run.
      let resolved = try #require(result.output.range(of: "resolved experiment\n"))
      let json = try JSONValue(parsing: String(result.output[resolved.upperBound...]))
      #expect(json["seeds"] != nil && json["seed"] == nil)
      _ = try ResolvedExperiment(json: json, library: .test)
    }
    let single = try Tool.bench.run(["describe", "walk.json"], in: scratch.path)
    #expect(!single.output.contains("runs:"))
  }
}
