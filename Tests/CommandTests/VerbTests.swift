import Agents
import Command
import Configuration
import Experiments
import Foundation
import Testing
import TestSupport

@Suite struct VerbTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      """
      {"$schema": "../docs/experiment.schema.json", "name": "walk", "summary": "A short walk.",
       "environment": "walk", "agent": "wanderer", "evaluation": {"episodes": 10}}
      """, to: "walk.json")
  }

  private func bench(_ arguments: String...) throws -> Tool.Result {
    try Tool.bench.run(arguments, in: scratch.path)
  }

  @Test(arguments: [
    "run", "resume", "watch", "eval", "report", "analyze", "list", "describe", "check-env",
    "schema",
  ])
  func everyVerbHasAnExample(verb: String) throws {
    let result = try bench(verb, "--help")
    #expect(result.status == 0)
    #expect(result.output.contains("EXAMPLE"))
    #expect(result.output.contains("metarl \(verb)"))
  }

  @Test func theHelpListsAllExitStatuses() throws {
    let result = try Tool.metarl.run(["--help"], in: scratch.path)
    #expect(result.status == 0)
    for status in ExitReason.allCases {
      #expect(result.output.contains("\(status.rawValue)  \(status.meaning)"))
    }
    #expect(try Tool.metarl.run(["--version"], in: scratch.path).output == Machine.version + "\n")
  }

  @Test func listsNames() throws {
    #expect(try bench("list", "agents").output.contains("wanderer"))
    let all = try bench("list", "--experiments", ".")
    for part in [
      "environments\n", "walk ", "agents\n", "experiments\n", "./walk.json  A short walk.",
    ] {
      #expect(all.output.contains(part), "\(all.output)")
    }
  }

  /// Parameters and numbers of state are counted in the cells' own time steps: d = n = 100.
  @Test func listsWhatCellsCost() throws {
    let result = try bench("list", "cells")
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map { line in
      line.split(separator: " ").map(String.init)
    }
    #expect(lines.first?.starts(with: ["parameters", "state"]) == true)
    let costs = [
      ["gru", "60200", "100"], ["lstm", "80400", "200"], ["brc", "30400", "100"],
      ["lru", "40300", "200"], ["lsnn", "20000", "350"], ["egru", "60700", "200"],
      ["integrator", "0", "100"],
    ]
    for cost in costs {
      #expect(lines.contains { $0.starts(with: cost) }, "\(cost) is not in \(result.output)")
    }
    let columns = result.output.split(separator: "\n").dropFirst().map { line in
      line.dropFirst("integrator  parameters  state".count).prefix(3)
    }
    #expect(columns.allSatisfy { $0.hasPrefix("  ") && !$0.hasSuffix(" ") }, "\(result.output)")
  }

  @Test func describesNamesAndFiles() throws {
    let name = try bench("describe", "walk")
    #expect(name.output.contains("environment walk: A line."))
    #expect(name.output.contains("length  integer 1…1000  = 8  Steps of an episode."))
    let file = try bench("describe", "walk.json")
    #expect(file.output.contains("wanderer with 7 weights"))
    #expect(file.output.contains("observation: 1 numbers"))
    #expect(file.output.contains(#""learningRate": 0.1"#))
    let unknown = try bench("describe", "wlak")
    #expect(unknown.status == ExitReason.notFound.rawValue)
    #expect(unknown.errors.contains("Did you mean “walk”?"))
    for (name, known) in [("lif", "lsnn"), ("ALIF", "lsnn"), ("poisson", "rate")] {
      let hint = try bench("describe", name)
      #expect(hint.status == ExitReason.notFound.rawValue)
      #expect(hint.errors.contains("Did you mean “\(known)”?"), "\(hint.errors)")
    }
  }

  @Test func runGoesToADirectoryNamedAfterExperimentAndSeed() throws {
    let result = try bench("run", "walk.json", "--seed", "3", "--set", "agent.iterations=2")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("seed 3"))
    #expect(result.output.contains("stays"))
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch["runs/walk"])
    let name = try #require(names.first)
    #expect(names.count == 1)
    #expect(name.hasSuffix("-seed3"))
    let summary = try Summary(contentsOf: scratch["runs/walk/\(name)/summary.json"])
    #expect(summary.seed == 3)
    #expect(summary.progress.iterations == 2)
    #expect(summary.changes.compact == #"{"agent.iterations":2,"seed":3}"#)
    #expect(summary.references.map(\.name) == ["stays"])
    #expect(!result.errors.contains("\u{1B}"), "no terminal, no escape sequences")
  }

  @Test func quietIsQuiet() throws {
    let result = try bench("run", "walk.json", "--output", "out", "--quiet")
    #expect(result.errors.isEmpty)
    #expect(try bench("resume", "out", "--quiet").output == result.output)
  }

  @Test func aRunGoesOnWithAnAllowedChange() throws {
    _ = try bench("run", "walk.json", "--output", "out")
    let change = ["--set", "agent.iterations=24"]
    let refused = try Tool.bench.run(["resume", "out"] + change, in: scratch.path)
    #expect(refused.status == ExitReason.changedExperiment.rawValue, "\(refused.errors)")
    #expect(refused.errors.contains("agent.iterations = 20, not 24"))
    let allowed = try Tool.bench.run(
      ["resume", "out", "--allow-config-change", "agent.iterations"] + change, in: scratch.path)
    #expect(allowed.status == 0, "\(allowed.errors)")
    let summary = try Summary(contentsOf: scratch["out/summary.json"])
    #expect(summary.progress.iterations == 24)
    #expect(summary.changes.compact == #"{"agent.iterations":24}"#)
    #expect(try bench("resume", "out").errors.hasPrefix("out is complete\n"))
    #expect(try bench("eval", "out").status == 0)
  }

  /// `run`, `resume` and `report` draw the same curve: of each run, and of all seeds together.
  @Test func drawsTheLearningCurve() throws {
    let result = try bench("run", "walk.json", "--seeds", "2", "--output", "out")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.hasSuffix(
        "drew out/figures/learning.png\ndrew out/figures/learning.svg\n"), "\(result.errors)")
    for run in ["out", "out/seed0", "out/seed1"] {
      let drawn = scratch.bytes(run + "/figures/learning.png")
      #expect(drawn?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true, "\(run)")
      let vectors = scratch.bytes(run + "/figures/learning.svg")
      #expect(vectors?.isEmpty == false)
      for verb in ["resume", "report"] {
        try FileManager.default.removeItem(atPath: scratch[run + "/figures"])
        let again = try bench(verb, run)
        #expect(again.status == 0, "\(again.errors)")
        #expect(scratch.bytes(run + "/figures/learning.png") == drawn)
        #expect(scratch.bytes(run + "/figures/learning.svg") == vectors)
      }
    }
    let all = scratch.bytes("out/figures/learning.svg")
    #expect(all != scratch.bytes("out/seed0/figures/learning.svg"))
  }

  @Test func evaluatesACheckpoint() throws {
    _ = try bench("run", "walk.json", "--output", "out")
    let usual = try bench("eval", "out", "--json")
    #expect(usual.status == 0, "\(usual.errors)")
    #expect(try bench("eval", "out", "--json").output == usual.output)
    #expect(try bench("eval", "out", "--json", "--seed", "5").output != usual.output)
    let table = try bench("eval", "out", "--episodes", "3").output
    #expect(table.contains(" 3\n"))
    #expect(table.contains("\nstays"), "the row of a policy to compare with")
    let summary = try Summary(contentsOf: scratch["out/summary.json"])
    #expect(usual.output.contains("\"mean\":\(summary.test.primary.mean)"))
  }

  @Test func checksEnvironments() throws {
    let good = try bench("check-env", "cartpole")
    #expect(good.status == 0, "\(good.output)")
    #expect(good.output.contains("ok"))
    let unknown = try bench("check-env", "cartpol")
    #expect(unknown.status == ExitReason.configuration.rawValue)
    #expect(unknown.errors.contains("Did you mean “cartpole”?"))
  }
}
