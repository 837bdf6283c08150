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
    let nowhere = try bench("list", "experiments", "--experiments", "nowhere")
    #expect(nowhere.status == ExitReason.notFound.rawValue)
    #expect(nowhere.errors.contains("no experiment files in nowhere"), "\(nowhere.errors)")
    let none = try bench("list", "experiments")
    #expect(none.status == ExitReason.notFound.rawValue, "\(none.errors)")
    let names = try bench("list")
    #expect(names.status == 0 && !names.output.contains("\nexperiments\n"), "\(names.output)")
    #expect(names.errors == "note: there are no experiment files in experiments\n")
    let all = try bench("list", "--experiments", ".")
    for part in [
      "environments\n", "walk ", "agents\n", "experiments\n", "./walk.json  A short walk.",
    ] {
      #expect(all.output.contains(part), "\(all.output)")
    }
  }

  /// Optimizers and schedules are in no registry, but people ask for them all the same.
  @Test func listsOptimizersAndSchedules() throws {
    let optimizers = try bench("list", "optimizers")
    #expect(optimizers.status == 0, "\(optimizers.errors)")
    for name in ["adam ", "rmsProp ", "momentum "] {
      #expect(optimizers.output.contains("\n" + name), "\(optimizers.output)")
    }
    #expect(optimizers.output.contains("(optimizer.rule of bptt, optimizer of a2c and ppo;"))
    let schedules = try bench("list", "schedules").output
    for name in ["constant ", "linear ", "cosine ", "lateLinear "] {
      #expect(schedules.contains("\n" + name), "\(schedules)")
    }
    let all = try bench("list", "--experiments", ".").output
    #expect(all.contains("optimizers\n") && all.contains("schedules\n"))
    #expect(try bench("describe", "cosine").output.hasPrefix("schedule cosine: It falls to zero"))
    #expect(try bench("describe", "rmsprop").errors.contains("Did you mean “rmsProp”?"))
    #expect(try bench("describe", "adam", "--set", "a=1").status == ExitReason.usage.rawValue)
  }

  /// The options that the lists name choose from these lists.
  @Test func theListsSayWhereTheirNamesBelong() throws {
    let library = Library.standard
    let catalogues = library.catalogues.flatMap(\.items)
    for list in ChoiceList.all {
      let names = JSONValue.array(list.items.map { .string($0.name) })
      let uses = catalogues.flatMap { item -> [String] in
        guard case .object(let properties)? = item.schema["properties"] else { return [] }
        return properties.flatMap { property -> [String] in
          if property.value["enum"] == names { return ["\(property.key) of \(item.name)"] }
          guard case .object(let inner)? = property.value["properties"] else { return [] }
          return inner.filter { $0.value["enum"] == names }
            .map { "\(property.key).\($0.key) of \(item.name)" }
        }
      }
      #expect(
        uses.sorted()
          == (list.kind == "optimizer"
            ? ["optimizer of a2c", "optimizer of ppo", "optimizer.rule of bptt"]
            : [
              "learningRateSchedule of a2c", "learningRateSchedule of kl-ppo",
              "learningRateSchedule of ppo", "optimizer.schedule of bptt",
            ]))
      for use in uses {
        let option = use.prefix { $0 != " " }
        #expect(list.usage.contains(option), "\(use)")
      }
    }
  }

  /// Data that are not on this machine leave something to describe.
  @Test(arguments: ["mnist", "fashion-mnist", "n-mnist"])
  func describesTasksWithoutTheirData(task: String) throws {
    try scratch.write(
      #"{"name": "digits", "summary": "Digits.", "task": {"name": "\#(task)"}, "learner": "bptt"}"#,
      to: "digits.json")
    let result = try bench("describe", "digits.json", "--set", "task.data=nowhere/at-all")
    #expect(result.status == 0, "\(result.errors)")
    for part in [
      "digits: Digits.\n", "task \(task): ", "missing data: ", "nowhere/at-all", "task.data",
      "learner bptt: ", #""updates": 3000"#, #""data": "nowhere/at-all""#,
    ] { #expect(result.output.contains(part), "\(part) is not in \(result.output)") }
    let run = try bench("run", "digits.json", "--set", "task.data=nowhere", "--output", "out")
    #expect(run.status == ExitReason.notFound.rawValue)
    guard task == "mnist" else { return }
    for file in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
      try scratch.write("no images", to: file)
    }
    let damaged = try bench("describe", "digits.json", "--set", "task.data=.")
    #expect(damaged.status == 0 && damaged.output.contains("damaged data: "), "\(damaged.errors)")
  }

  @Test func describesChangedExperiments() throws {
    let result = try bench("describe", "walk.json", "--set", "agent.weights=3")
    #expect(result.output.contains("wanderer with 3 weights"), "\(result.errors)")
    let wrong = try bench("describe", "walk.json", "--set", "agent.wieghts=3")
    #expect(wrong.status == ExitReason.configuration.rawValue)
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
    let rows = name.output.split(separator: "\n").map { row in
      row.split(separator: " ").joined(separator: " ")
    }
    #expect(rows.contains("length integer 1…1000 = 8 Steps of an episode."), "\(rows)")
    #expect(rows.contains { $0.hasPrefix("tasks.train integer 0…1000000000 = 0 ") }, "\(rows)")
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

  /// What comes last counts, and is what is written down.
  @Test func anOptionMayBeChangedTwice() throws {
    let result = try bench(
      "run", "walk.json", "--output", "out", "--set", "agent.iterations=4", "--set", "seed=5",
      "--set", "agent.iterations=2", "--seed", "7")
    #expect(result.status == 0, "\(result.errors)")
    let summary = try Summary(contentsOf: scratch["out/summary.json"])
    #expect(summary.seed == 7 && summary.progress.iterations == 2)
    #expect(summary.changes.compact == #"{"agent.iterations":2,"seed":7}"#)
    #expect(try bench("report", "out").status == 0)
  }

  /// A run that is there keeps how it is stored and drawn, which is said; the advice works.
  @Test func whatARunKeepsIsSaid() throws {
    let run = ["run", "walk.json", "--output", "out", "--set", "agent.iterations=4"]
    #expect(try Tool.bench.run(run, in: scratch.path).status == 0)
    let changes = ["--set", "checkpoint.every=2", "--set", "report.smoothing=3"]
    let again = try Tool.bench.run(run + changes, in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    let advice = "resume out " + changes.joined(separator: " ")
    #expect(
      again.errors.hasPrefix(
        "note: out keeps checkpoint.every = 100, report.smoothing = 1; to change that: metarl "
          + advice + "\n"), "\(again.errors)")
    let resumed = try Tool.bench.run(
      advice.split(separator: " ").map { String($0) }, in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let changed = try Tool.bench.run(run + changes, in: scratch.path)
    #expect(changed.status == 0 && !changed.errors.contains("note:"), "\(changed.errors)")
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
    #expect(try bench("eval", "out", "--threads", "-1").status == ExitReason.usage.rawValue)
    #expect(table.contains("\nstays"), "the row of a policy to compare with")
    let summary = try Summary(contentsOf: scratch["out/summary.json"])
    #expect(usual.output.contains("\"mean\":\(summary.test.primary.mean)"))
  }

  /// A test whose numbers are beyond what floating-point numbers hold is explained as such.
  @Test func aTestThatIsNotFiniteSaysSo() throws {
    let agent = #"agent={"name": "a2c", "steps": 80, "rolloutsPerIteration": 2}"#
    let run = try bench("run", "walk.json", "--output", "out", "--quiet", "--set", agent)
    #expect(run.status == 0, "\(run.errors)")
    let result = try bench("eval", "out", "--set", "environment.gain=1e300")
    #expect(result.status == ExitReason.numerical.rawValue, "\(result.errors)")
    #expect(result.errors.contains("reward is not finite"), "\(result.errors)")
    #expect(!result.errors.contains("please report it"))
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
