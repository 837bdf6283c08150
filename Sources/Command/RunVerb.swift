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
        metarl run experiments/spore-study.json --jobs 2 --set agent.hours=1
      """)

  @Argument(help: "The experiment file.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change an option, such as agent.learningRate=1e-3.", valueName: "path=value"))
  var changes: [String] = []

  @Option(help: "The seed, instead of that of the file.")
  var seed: UInt64?

  @Option(help: "Run this many seeds, beginning with that of the file or --seed.")
  var seeds: Int?

  @Option(help: "With several seeds or a grid, runs at a time, each in a process of one thread.")
  var jobs = 1

  @Option(help: "Threads; results never depend on it.")
  var threads: Int?

  @Option(help: ArgumentHelp("The run directory.", valueName: "directory"))
  var output: String?

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @Flag(help: "Show the agent playing in a window meanwhile; results never depend on it.")
  var render = false

  func validate() throws {
    guard seeds.map({ (1...100_000).contains($0) }) ?? true else {
      throw ValidationError("--seeds is 1 to 100000")
    }
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs is 1 to 1024") }
    guard threads.map({ (0...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads is 0 to 1024")
    }
    guard !render || jobs == 1 else {
      throw ValidationError("--render shows one run at a time, and --jobs carries out several")
    }
  }

  func run() throws {
    var overrides = try changes.map { try Override($0) }
    if let seed { overrides.append(try Override(path: "seed", value: .number(seed))) }
    if let threads { overrides.append(try Override(path: "threads", value: .number(threads))) }
    let json = try ExperimentFile.load(file, changes: overrides)
    let origin = RunOrigin(file: file, changes: overrides.filter { $0.path != "threads" })
    let experiment = try ResolvedExperiment(json: json, library: MetaRLCommand.library)
    let name = experiment.experiment.name
    if seeds != nil || !experiment.experiment.grid.paths.isEmpty {
      let directory =
        output.map { RunDirectory($0) } ?? .proposal(for: name, suffix: nil)
      let runs = try Sweep.prepare(
        json, origin: origin, seeds: seeds ?? 1, in: directory, library: MetaRLCommand.library)
      try carryOut(runs, in: directory)
    } else {
      let directory =
        output.map { RunDirectory($0) }
        ?? .proposal(for: name, suffix: "seed\(experiment.experiment.seed)")
      try directory.prepare(experiment, origin: origin)
      try carryOut([directory], in: directory)
    }
  }

  private func carryOut(_ runs: [RunDirectory], in directory: RunDirectory) throws {
    var all = RunAll(
      runs: runs, at: directory.path, threads: threads, jobs: jobs, quiet: quiet)
    all.renders = render
    try all.run()
  }
}
