import ArgumentParser
import Configuration
import Experiments

/// `metarl run FILE`
struct RunVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Train an agent as an experiment file says.",
    discussion: """
      The run goes to runs/<name>/<time>-seed<seed>/, or to the directory given with --output. \
      Giving the same command with --output again continues what is there. At the end the final \
      figures are printed and the learning curve is drawn into figures/.

      EXAMPLE
        metarl run experiments/nmd.json --seed 7 --set agent.learningRate=1e-3
        metarl run experiments/nmd.json --seeds 10 --jobs 2 --output runs/nmd/ten
        metarl run experiments/nmd.json --set 'seeds=[3,5,8]'
        metarl run experiments/spore-study.json --jobs 2 --set agent.hours=1
      """)

  @Argument(help: "The experiment file.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change an option, such as agent.learningRate=1e-3.", valueName: "path=value"))
  var changes: [String] = []

  @Option(parsing: .unconditional, help: "The seed, instead of that or those of the file.")
  var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: "Run this many seeds instead of those of the file, beginning with --seed or its first.")
  var seeds: Int?

  @Option(
    parsing: .unconditional,
    help: "With several seeds or a grid, runs at a time, each in a process of one thread.")
  var jobs = 1

  @Option(
    parsing: .unconditional, help: "Threads, 1 with --jobs above 1; results never depend on it.")
  var threads: Int?

  @Option(
    help: ArgumentHelp("The run directory.", valueName: "directory"), transform: outputDirectory)
  var output: String?

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @Flag(help: "Show the agent playing in a window meanwhile; results never depend on it.")
  var render = false

  func validate() throws {
    let counts = ExperimentSeeds.counts
    guard seeds.map(counts.contains) ?? true else {
      throw ValidationError("--seeds is \(counts.lowerBound) to \(counts.upperBound)")
    }
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs is 1 to 1024") }
    guard threads.map({ (0...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads is 0 to 1024")
    }
    guard jobs == 1 || (threads ?? 1) == 1 else {
      throw ValidationError("--jobs carries out runs of one thread each, so --threads is 1 with it")
    }
    guard !render || jobs == 1 else {
      throw ValidationError("--render shows one run at a time, and --jobs carries out several")
    }
  }

  func run() throws {
    var overrides = try changes.map { try Override($0) }
    if let threads { overrides.append(try Override(path: "threads", value: .number(threads))) }
    let json = try ExperimentFile.load(file, changes: overrides)
    if let seed { overrides.append(try Override(path: "seed", value: .number(seed))) }
    let origin = RunOrigin(file: file, changes: overrides.filter { $0.path != "threads" })
    let resolved = try ResolvedExperiment(json: json, library: CommandLibrary.current)
    let experiment = resolved.experiment
    let chosen = try Sweep.seeds(of: experiment, first: seed, count: seeds)
    let isSweep = self.isSweep(experiment)
    let directory =
      try output.map { RunDirectory($0) }
      ?? .makeNew(for: experiment.name, suffix: isSweep ? nil : "seed\(chosen[0])")
    let runs: [RunDirectory]
    do {
      if isSweep {
        try directory.requireRunsBelow(of: resolved)
        runs = try Sweep.prepare(
          json, origin: origin, seeds: chosen, in: directory, library: CommandLibrary.current)
      } else {
        let single = try ResolvedExperiment(
          json: json.with(seed: chosen[0]), library: CommandLibrary.current)
        try directory.prepare(single, origin: origin)
        runs = [directory]
      }
    } catch {
      if output == nil { directory.removeIfEmpty() }
      throw error
    }
    for run in runs {
      if let remark = try resolved.remark(on: run) { StandardError.write("note: \(remark)\n") }
    }
    var all = RunAll(
      runs: runs, at: directory.path, threads: experiment.threads, jobs: jobs, quiet: quiet)
    all.renders = render
    try all.run()
  }

  /// Whether there is a directory of runs, also where it has one only.
  private func isSweep(_ experiment: Experiment) -> Bool {
    let hasSeeds = seed == nil && experiment.seeds != ExperimentSeeds()
    return seeds != nil || hasSeeds || !experiment.grid.paths.isEmpty
  }
}
