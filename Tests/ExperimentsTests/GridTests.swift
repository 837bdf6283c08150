import Configuration
import Experiments
import Foundation
import Render
import Testing
import TestSupport

@Suite struct GridTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      """
      {"name": "walk", "environment": "walk", "agent": {"name": "wanderer", "iterations": 6},
       "grid": {"agent.learningRate": [0.1, 2e-1], "environment.length": [4, 8]},
       "evaluation": {"episodes": 3}}
      """, to: "walk.json")
  }

  private func bench(_ arguments: String...) throws -> Tool.Result {
    try Tool.bench.run(arguments, in: scratch.path)
  }

  private static func grid(_ text: String) throws -> ExperimentGrid {
    try ExperimentGrid(json: JSONValue(parsing: text), at: JSONPath("grid"))
  }

  @Test func everyCombinationOnceAndInOrder() throws {
    let text = #"{"agent.a":[1,2.5],"task.b[1]":["x",true,3]}"#
    let grid = try Self.grid(text)
    #expect(grid.json.compact == text)
    #expect(grid.paths == ["agent.a", "task.b[1]"])
    #expect(
      grid.points.map { $0.map(\.value.compact) } == [
        ["1", #""x""#], ["1", "true"], ["1", "3"], ["2.5", #""x""#], ["2.5", "true"], ["2.5", "3"],
      ])
    #expect(ExperimentGrid().points == [[]] && ExperimentGrid().json == .null)
    #expect(try Self.grid("{}") == ExperimentGrid())
  }

  @Test(arguments: [
    ("[1]", "grid: is a list\nWrite lists under paths here"),
    (#"{"agent.a": 1}"#, "grid.agent.a: is not a list of values"),
    (#"{"agent.a": []}"#, "grid.agent.a: is not a list of values"),
    (#"{"agent.a": [1, [2]]}"#, "grid.agent.a[1]: is a list"),
    (#"{"agent.a": [1, 2, 1]}"#, "grid.agent.a[2]: 1 appears twice"),
    (#"{"agent.a": [0.001, 1e-3]}"#, "grid.agent.a[1]: 1e-3 appears twice"),
    (
      #"{"agent.a": ["x/y", "x:y"]}"#,
      "grid: two of its combinations would go to the directory a-x-y"
    ),
    (#"{"seed": [1, 2]}"#, "grid.seed: is not an option of what learns or is learned"),
    (#"{"agents.a": [1, 2]}"#, "A path begins with environment, agent, task, learner"),
    (#"{"agent..a": [1]}"#, "agent..a: is not a path"),
  ])
  func wrongGrids(text: String, part: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try Self.grid(text) }
    #expect(error.description.contains(part), "\(error)")
  }

  @Test func aGridCannotBeEndless() throws {
    let values = (0..<100).map { "\($0)" }.joined(separator: ",")
    let lists = ["a", "b", "c"].map { #""agent.\#($0)":[\#(values)]"# }
    #expect(try Self.grid("{\(lists[0]),\(lists[1])}").points.count == 10_000)
    let error = try #require(throws: ConfigurationError.self) {
      try Self.grid("{\(lists.joined(separator: ","))}")
    }
    #expect(error.problem == "has more than 10000 combinations")
  }

  /// A wrong value anywhere in the grid is found before any run begins.
  @Test func pointsAreCheckedBeforeAnythingRuns() throws {
    let wrong = try bench(
      "run", "walk.json", "--output", "out", "--set",
      #"grid={"agent.learningRate": [0.1, 2], "agent.lerningRate": [1]}"#)
    #expect(wrong.status == ExitReason.configuration.rawValue)
    #expect(wrong.errors.contains("agent.lerningRate: is not an option"), "\(wrong.errors)")
    let range = try bench(
      "run", "walk.json", "--output", "out", "--set", #"grid={"agent.learningRate": [0.1, 2]}"#)
    #expect(range.status == ExitReason.configuration.rawValue)
    #expect(range.errors.contains("agent.learningRate: 2 is out of range"), "\(range.errors)")
    let both = try bench("run", "walk.json", "--output", "out", "--set", "agent.learningRate=0.3")
    #expect(both.status == ExitReason.configuration.rawValue)
    #expect(both.errors.contains("agent.learningRate: is set, and the grid has values for it"))
    #expect(!FileManager.default.fileExists(atPath: scratch["out"]))
  }

  /// Also one that only the making of the trainer finds: a network too large.
  @Test func aRefusedPointLeavesNoRuns() throws {
    let result = try bench(
      "run", "walk.json", "--output", "out", "--set", "environment=pendulum", "--set",
      #"agent={"name": "ppo", "network": {"name": "recurrent", "sizes": [65536]}}"#, "--set",
      #"grid={"agent.network.sizes[0]": [4, 65536], "agent.discount": [0.9]}"#)
    #expect(result.status == ExitReason.configuration.rawValue)
    #expect(
      result.errors.contains(
        " (at the point agent.network.sizes[0] = 65536, agent.discount = 0.9 of the grid)"),
      "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch["out"]))
  }

  @Test func exponentsKeepTheirSigns() throws {
    let result = try bench(
      "run", "walk.json", "--output", "out", "--set", "agent.weights=2", "--set",
      #"grid={"environment.gain": [1e+1, 1E-1, -1e+0]}"#)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try RunDirectory(scratch["out"]).runsBelow.map(\.name)
        == ["gain--1e0_seed0", "gain-1E-1_seed0", "gain-1e1_seed0"])
  }

  /// A run of a grid is the run that one would have by `--set`, and is called after its values.
  @Test func runsAreThoseOfSingleExperiments() throws {
    let all = try bench(
      "run", "walk.json", "--seeds", "2", "--jobs", "2", "--output", "all", "--set",
      "agent.weights=3")
    #expect(all.status == 0, "\(all.errors)")
    let names = [("0.1", "4"), ("0.1", "8"), ("0.2", "4"), ("0.2", "8")].flatMap { rate, length in
      ["seed0", "seed1"].map { seed in
        "learningRate-\(rate == "0.2" ? "2e-1" : rate)_length-\(length)_\(seed)"
      }
    }
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: scratch["all"]))
        == Set(names + ["figures"]))
    let single = try bench(
      "run", "walk.json", "--seed", "1", "--output", "one", "--set", "grid={}", "--set",
      "agent.learningRate=0.2", "--set", "environment.length=4", "--set", "agent.weights=3")
    #expect(single.status == 0, "\(single.errors)")
    #expect(
      scratch.comparableFiles(of: "one", lastCheckpoint: "00000006")
        == scratch.comparableFiles(
          of: "all/learningRate-2e-1_length-4_seed1", lastCheckpoint: "00000006"))
    let stored = try RunDirectory(scratch["all/learningRate-2e-1_length-4_seed1"])
      .storedExperiment()
    #expect(stored["grid"] == nil)
    #expect(stored["agent"]?["learningRate"]?.compact == "0.2")

    // The whole grid can be gone on with, and reported on, like seeds.
    let again = try bench("resume", "all")
    #expect(again.status == 0 && again.output == all.output, "\(again.errors)")
    #expect(try bench("report", "all").output == all.output)
    // A line for each combination; no references, since those of one length do not suit the other.
    let lines = all.output.split(separator: "\n")
    #expect(lines.count == 5, "\(all.output)")
    #expect(lines[1].hasPrefix("learningRate 0.1, length 4, 2 seeds "))
    #expect(lines[4].hasPrefix("learningRate 0.2, length 8, 2 seeds "))
  }

  private func report(_ names: [String]) throws -> RunReport {
    RunReport(try names.map { try RunData(of: RunDirectory(scratch[$0]), library: .test) })
  }

  /// Two options give a panel for each value of the first one, to one scale; a single option one panel.
  @Test func theFigureComparesTheCombinations() throws {
    #expect(try bench("run", "walk.json", "--output", "all").status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch["all"])
      .filter { $0 != "figures" }.sorted()
    let figure = try #require(try report(names.map { "all/" + $0 }).figure)
    #expect(figure.title == "walk")
    #expect(figure.subtitle == "seed 0")
    #expect(figure.panels.map(\.title) == ["learningRate 0.1", "learningRate 0.2"])
    #expect(Set(figure.panels.map(\.y.range)).count == 1)
    #expect(Set(figure.panels.map(\.x.range)).count == 1 && figure.panels[0].x.range != nil)
    for panel in figure.panels {
      #expect(panel.series.map(\.name) == ["length 4", "length 8"])
      #expect(panel.references.isEmpty)
    }
    // Another option in one panel alone is part of the names in both.
    let extra = try bench(
      "run", "walk.json", "--output", "more", "--set", "grid={}", "--set", "agent.weights=3",
      "--set",
      "agent.learningRate=0.1")
    #expect(extra.status == 0, "\(extra.errors)")
    let mixed = try #require(try report(names.map { "all/" + $0 } + ["more"]).figure)
    #expect(
      mixed.panels.map { $0.series.map(\.name) } == [
        ["length 4, weights 7", "length 8, weights 7", "length 8, weights 3"],
        ["length 4, weights 7", "length 8, weights 7"],
      ])
    let row = try #require(try report(Array(names.prefix(2)).map { "all/" + $0 }).figure)
    #expect(row.panels.map { $0.series.map(\.name) } == [["length 4", "length 8"]])
    #expect(row.panels[0].title.isEmpty)
    // Without a combination that would complete a second panel there is one for all.
    let three = try #require(try report(Array(names.prefix(3)).map { "all/" + $0 }).figure)
    #expect(three.panels.map { Set($0.series.map(\.name)).count } == [3])
  }

  /// Changes on the command line tell runs apart as a grid does, unless the file says the same or they
  /// have no influence.
  @Test func reportsSeparateRunsThatWereChanged() throws {
    for (name, change) in [
      ("a", "checkpoint.every=2"), ("b", "agent.learningRate=0.3"), ("c", "agent.learningRate=0.1"),
    ] {
      let result = try bench(
        "run", "walk.json", "--output", name, "--set", "grid={}", "--set", change, "--seed",
        name == "c" ? "1" : "0")
      #expect(result.status == 0, "\(result.errors)")
    }
    let report = try report(["a", "b", "c"])
    #expect(report.groups.map(\.runs.count) == [2, 1])
    #expect(report.labels == ["learningRate 0.1", "learningRate 0.3"])
    #expect(report.table.contains("learningRate 0.1, 2 seeds ") && report.table.contains("stays"))
    #expect(try self.report(["a", "c"]).labels == ["walk"])
  }
}
