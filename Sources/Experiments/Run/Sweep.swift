import Configuration
import Glibc

/// The same experiment with several seeds, at every point of its grid, each in a run directory
/// of its own.
public enum Sweep {
  /// The seeds that a command runs an experiment with: those of the experiment, unless the command has
  /// seeds of its own. A command may say which is the first, or how many follow one after the other.
  ///
  /// - Throws: `ConfigurationError` where there are fewer numbers than seeds.
  public static func seeds(
    of experiment: Experiment, first: UInt64?, count: Int?
  ) throws -> [UInt64] {
    if first == nil, count == nil, let seeds = experiment.seeds.ascending { return seeds }
    let (first, count) = (first ?? experiment.seed, UInt64(count ?? 1))
    guard first <= UInt64.max - (count - 1) else {
      throw ConfigurationError(
        JSONPath("seed"), "\(first) leaves no room for \(count) seeds",
        remedy: "Choose a smaller seed.")
    }
    return (0..<count).map { first + $0 }
  }

  /// Sets up a run for each of the ascending `seeds` at each point of the grid below `directory`. Runs
  /// that are there already stay as they are.
  ///
  /// - Returns: the runs in the order in which ``RunDirectory/runsBelow`` finds them again.
  /// - Throws: ``Failure`` where runs of another experiment live there, `ConfigurationError` where the
  ///   experiment is wrong at any point; then no run is set up.
  public static func prepare(
    _ json: JSONValue, origin: RunOrigin, seeds: [UInt64], in directory: RunDirectory,
    library: Library
  ) throws -> [RunDirectory] {
    let experiment = try ResolvedExperiment(json: json, library: library).experiment
    for change in origin.changes where experiment.grid.paths.contains(change.path) {
      throw ConfigurationError(
        JSONPath(change.path), "is set, and the grid has values for it, too",
        remedy: "Leave one of the two out; --set 'grid={}' leaves out the whole grid.")
    }
    guard try !directory.holdsRun else {
      throw Failure(
        .cannotCreate, "\(directory.path) holds a single run",
        remedy: "Choose another directory with --output.")
    }
    let present = Set(try directory.runsBelow.map(\.name))
    let runs = try experiment.grid.points.flatMap { point in
      try seeds.map { seed in
        // The first seed is the sweep's, not that of each run.
        let own = try Override(path: "seed", value: .number(seed))
        let changes = origin.changes.map { $0.path == own.path ? own : $0 }
        let origin = RunOrigin(file: origin.file, changes: changes + point)
        let name = name(of: seed, at: point, among: present)
        let run = RunDirectory(directory.path + "/" + name)
        let experiment = try ResolvedExperiment(
          json: json.at(point).with(seed: seed), library: library)
        try point.explaining { try run.check(experiment) }
        return (directory: run, experiment: experiment, origin: origin)
      }
    }
    // Only now, for none is to be there where one of them is refused.
    for run in runs { try run.directory.setUp(run.experiment, origin: run.origin) }
    return RunDirectory.inOrder(runs.map(\.directory))
  }

  /// The name of the directory of a run: one of those `present` where it is there already.
  private static func name(
    of seed: UInt64, at point: [Override], among present: Set<String>
  ) -> String {
    let (beginning, digits) = ((point.isEmpty ? "" : point.directoryName + "_") + "seed", "\(seed)")
    let name = beginning + digits
    guard !present.isEmpty, !present.contains(name) else { return name }
    // Earlier versions put zeros before the digits, up to the length of the largest seed.
    let padded = (1..<String(UInt64.max).count).lazy.map { zeros in
      beginning + String(repeating: "0", count: zeros) + digits
    }
    return padded.first { present.contains($0) } ?? name
  }

  /// Carries out the runs below `directory` in `jobs` processes at a time, each `resume` of this very
  /// executable with one thread. Numbers do not depend on `jobs`.
  ///
  /// After a run in which a number stopped being finite the others are carried out all the same. After
  /// another failure, such as a full disk, no further run begins.
  ///
  /// - Parameter allowedChanges: Paths of options that may differ from those of the checkpoints.
  /// - Throws: ``Failure`` with the status of the first run that failed, in the order of the runs.
  public static func runInProcesses(
    _ runs: [RunDirectory], in directory: RunDirectory, jobs: Int,
    allowing allowedChanges: [String] = [], quiet: Bool
  ) throws {
    var waiting = runs.indices.filter { !runs[$0].isFinished }[...]
    var running: [pid_t: Int] = [:]
    var failures: [Int: ExitReason] = [:]
    var hasPassedOn = false
    while true {
      while running.count < jobs, failures.values.allSatisfy({ $0 == .numerical }),
        !Interruption.isRequested, let index = waiting.popFirst()
      {
        running[try start(runs[index], allowing: allowedChanges)] = index
        if !quiet { StandardError.write("started \(runs[index].path)\n") }
      }
      if running.isEmpty { break }
      if Interruption.isRequested && !hasPassedOn {
        for process in running.keys { kill(process, SIGTERM) }
        hasPassedOn = true
      }
      var status: Int32 = 0
      guard let index = running.removeValue(forKey: waitpid(-1, &status, WNOHANG)) else {
        usleep(20_000)
        continue
      }
      let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : ExitReason.unexpected.rawValue
      if code != 0 {
        failures[index] = ExitReason(rawValue: code) ?? .unexpected
      } else if !quiet {
        StandardError.write("finished \(runs[index].path)\n")
      }
    }
    if Interruption.isRequested {
      throw Failure(
        .interrupted, "stopped; everything is stored",
        remedy: "Go on with: metarl resume \(directory.path)")
    }
    let failed = failures.sorted { $0.key < $1.key }.map { (run: runs[$0.key], status: $0.value) }
    if let failure = failure(of: failed, among: runs.count, in: directory) { throw failure }
  }

  /// What is to be said at the end of `count` runs below `directory` of which some `failed`: with the status of
  /// the first of them and the names of all; nil where none failed.
  public static func failure(
    of failed: [(run: RunDirectory, status: ExitReason)], among count: Int,
    in directory: RunDirectory
  ) -> Failure? {
    guard let first = failed.first else { return nil }
    let names = failed.map { $0.run.name }.joined(separator: ", ")
    // A number that stopped being finite does so again when the run goes on, and has kept no other run from
    // its end.
    let isComplete = failed.allSatisfy { $0.status == .numerical }
    return Failure(
      first.status, "\(failed.count) of \(count) runs in \(directory.path) failed: \(names)",
      remedy: isComplete
        ? "See above what became of them; to see the complete ones: metarl report \(directory.path)"
        : "See above what became of them; then go on with: metarl resume \(directory.path)")
  }

  private static func start(
    _ run: RunDirectory, allowing allowedChanges: [String]
  ) throws -> pid_t {
    // Results are printed once, by this process.
    try ChildProcess.start(
      ["resume", run.path, "--threads", "1", "--quiet", "--parent", "\(getpid())"]
        + allowedChanges.flatMap { ["--allow-config-change", $0] },
      discardsOutput: true)
  }
}
