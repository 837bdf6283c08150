import Configuration
import Glibc

/// The same experiment with one seed after the other, at every point of its grid, each in a run directory
/// of its own.
public enum Sweep {
  /// Sets up `seeds` runs for each point of the grid below `directory`, from the experiment's seed
  /// upwards. Runs that are there already stay as they are.
  ///
  /// - Throws: ``Failure`` where runs of another experiment live there, `ConfigurationError` where the
  ///   experiment is wrong at any point.
  public static func prepare(
    _ json: JSONValue, origin: RunOrigin, seeds: Int, in directory: RunDirectory, library: Library
  ) throws -> [RunDirectory] {
    let experiment = try ResolvedExperiment(json: json, library: library).experiment
    let first = experiment.seed
    guard first <= UInt64.max - UInt64(seeds - 1) else {
      throw ConfigurationError(
        JSONPath("seed"), "\(first) leaves no room for \(seeds) seeds",
        remedy: "Choose a smaller seed.")
    }
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
    let width = String(first + UInt64(seeds - 1)).count
    return try experiment.grid.points.flatMap { point in
      let origin = RunOrigin(file: origin.file, changes: origin.changes + point)
      return try (0..<seeds).map { index in
        let seed = first + UInt64(index)
        let digits = String(seed)
        let name = "seed" + String(repeating: "0", count: width - digits.count) + digits
        let run = RunDirectory(
          directory.path + "/" + (point.map(\.fileName) + [name]).joined(separator: "_"))
        let experiment = try ResolvedExperiment(
          json: json.at(point).setting("seed", to: .number(seed)), library: library)
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
      ["resume", run.path, "--threads", "1", "--quiet"], discardsOutput: true)
  }
}
