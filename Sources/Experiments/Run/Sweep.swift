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
  /// - Throws: ``Failure`` where runs of another experiment live there, `ConfigurationError` where the
  ///   experiment is wrong at any point.
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
    guard !directory.holdsRun else {
      throw Failure(
        .cannotCreate, "\(directory.path) holds a single run",
        remedy: "Choose another directory with --output.")
    }
    let width = seeds.last.map { String($0).count } ?? 0
    return try experiment.grid.points.flatMap { point in
      let origin = RunOrigin(file: origin.file, changes: origin.changes + point)
      return try seeds.map { seed in
        let digits = String(seed)
        let name =
          (point.isEmpty ? "" : point.directoryName + "_") + "seed"
          + String(repeating: "0", count: width - digits.count) + digits
        let run = RunDirectory(directory.path + "/" + name)
        let experiment = try ResolvedExperiment(
          json: json.at(point).with(seed: seed), library: library)
        try run.prepare(experiment, origin: origin)
        return run
      }
    }
  }

  /// Carries out the runs in `jobs` processes at a time, each `resume` of this very executable with
  /// one thread. Numbers do not depend on `jobs`.
  ///
  /// - Throws: ``Failure`` with the status of the first run that failed, in the order of the runs.
  public static func runInProcesses(
    _ runs: [RunDirectory], jobs: Int, quiet: Bool, resumeWith resume: String
  ) throws {
    var waiting = runs.indices.filter { !runs[$0].isFinished }[...]
    var running: [pid_t: Int] = [:]
    var failures: [(index: Int, status: Int32)] = []
    var hasPassedOn = false
    while true {
      while running.count < jobs, failures.isEmpty, !Interruption.isRequested,
        let index = waiting.popFirst()
      {
        running[try start(runs[index])] = index
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
        failures.append((index, code))
      } else if !quiet {
        StandardError.write("finished \(runs[index].path)\n")
      }
    }
    if Interruption.isRequested {
      throw Failure(
        .interrupted, "stopped; everything is stored", remedy: "Go on with: \(resume)")
    }
    if let first = failures.min(by: { $0.index < $1.index }) {
      throw Failure(
        ExitReason(rawValue: first.status) ?? .unexpected,
        "the run in \(runs[first.index].path) failed",
        remedy: "See its message above; then go on with: \(resume)")
    }
  }

  private static func start(_ run: RunDirectory) throws -> pid_t {
    // Results are printed once, by this process.
    try ChildProcess.start(
      ["resume", run.path, "--threads", "1", "--quiet", "--parent", "\(getpid())"],
      discardsOutput: true)
  }
}
