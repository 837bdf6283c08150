import Configuration
import Experiments
import Foundation
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
    for seed in ["seed09", "seed10", "seed11"] {
      #expect(
        scratch.comparableFiles(of: "serial/" + seed, lastCheckpoint: "00000020")
          == scratch.comparableFiles(of: "parallel/" + seed, lastCheckpoint: "00000020"))
    }
    #expect(
      scratch.bytes("serial/seed09/metrics.jsonl") != scratch.bytes("serial/seed10/metrics.jsonl"))

    // Lose one run and half of another; the same command mends both and leaves the third alone.
    try FileManager.default.removeItem(atPath: scratch["serial/seed10"])
    try FileManager.default.removeItem(atPath: scratch["serial/seed11/summary.json"])
    let untouched = scratch.bytes("serial/seed09/timings.jsonl")
    let again = try Tool.bench.run(arguments + ["--output", "serial"], in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output == serial.output)
    #expect(scratch.bytes("serial/seed09/timings.jsonl") == untouched)
    let report = try Tool.bench.run(["report", "serial"], in: scratch.path)
    #expect(report.output == serial.output)
    let resumed = try Tool.bench.run(["resume", "serial"], in: scratch.path)
    #expect(resumed.output == serial.output)
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
    #expect(result.errors.contains("go on with: metarl resume out"))
    // The first thing a sweep does is what its seeds have in common.
    let references = scratch.bytes("out/seed09/references.json")
    #expect(references != nil && scratch.bytes("out/seed10/references.json") == references)
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
    #expect(try names(in: "listed") == ["seed009", "seed012", "seed110"])
    let lines = listed.output.split(separator: "\n").map { $0.prefix(8) }
    #expect(Array(lines.dropFirst().prefix(4)) == ["seed 9  ", "seed 12 ", "seed 110", "3 seeds "])
    #expect(
      try Tool.bench.run(["report", "listed"], in: scratch.path).output == listed.output)
    let stored = try RunDirectory(scratch["listed/seed012"]).storedExperiment()
    #expect(stored["seed"] == .number("12") && stored["seeds"] == nil)

    // The same bits as a run of that seed alone, in the layout of a single run.
    _ = try run("single", "--seed", "12")
    #expect(RunDirectory(scratch["single"]).holdsRun)
    #expect(
      scratch.comparableFiles(of: "single", lastCheckpoint: "00000004")
        == scratch.comparableFiles(of: "listed/seed012", lastCheckpoint: "00000004"))
    _ = try run("first", "--seeds", "2")
    #expect(try names(in: "first") == ["seed09", "seed10"])
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
      let json = String(result.output[resolved.upperBound...])
      #expect(json.contains(#""seeds": "#) && !json.contains(#""seed": 0"#))
      _ = try ResolvedExperiment(json: JSONValue(parsing: json), library: .test)
    }
    let single = try Tool.bench.run(["describe", "walk.json"], in: scratch.path)
    #expect(!single.output.contains("runs:"))
  }
}
