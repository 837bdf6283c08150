import ArgumentParser
import Configuration
import Experiments

/// Carries out one or several prepared runs to their ends, prints their summaries and draws their
/// learning curve.
struct RunAll {
  let runs: [RunDirectory]
  /// The directory that a person would name to resume.
  let path: String
  let threads: Int?
  let jobs: Int
  let quiet: Bool
  /// Whether each run is shown in a window.
  var renders = false
  var checkpoint = CheckpointChoice.latest
  var changes: [Override] = []
  var allowedChanges: [String] = []

  init(runs: [RunDirectory], at path: String, threads: Int?, jobs: Int, quiet: Bool) {
    self.runs = runs
    self.path = path
    self.threads = threads
    self.jobs = jobs
    self.quiet = quiet
  }

  func run() throws {
    Interruption.watch()
    if runs.count > 1 { try ReferenceRow.share(among: runs, library: CommandLibrary.current) }
    if runs.count == 1 {
      try runOne(runs[0])
    } else if jobs > 1 {
      try Sweep.runInProcesses(
        runs, in: RunDirectory(path), jobs: jobs, allowing: allowedChanges, quiet: quiet)
    } else {
      try runInTurn()
    }
    // Also the runs of earlier commands beside these: what is drawn is the figure of the directory.
    let selection = try RunSelection(
      of: RunDirectory.runs(at: path), library: CommandLibrary.current)
    selection.announceRemarks()
    let report = RunReport(selection.runs)
    try StandardOutput.writeLine(report.table)
    draw(report, into: RunDirectory(path), announces: !quiet)
  }

  /// Carries out several runs one after the other, also those that follow one in which a number stopped
  /// being finite.
  private func runInTurn() throws {
    var failed: [(run: RunDirectory, status: ExitReason)] = []
    for (index, directory) in runs.enumerated() {
      if !quiet {
        StandardError.write("run \(index + 1) of \(runs.count): \(directory.path)\n")
      }
      do {
        try runOne(directory)
        let run = try RunData(of: directory, library: CommandLibrary.current)
        draw(RunReport([run]), into: directory)
      } catch let failure as Failure where failure.status == .numerical {
        StandardError.write("error: \(failure.problem)\n  \(failure.remedy)\n")
        failed.append((directory, failure.status))
      }
    }
    if let failure = Sweep.failure(of: failed, among: runs.count, in: RunDirectory(path)) {
      throw failure
    }
  }

  /// Draws the learning curve. The runs are complete without it, so a figure that cannot be drawn is
  /// no failure.
  private func draw(_ report: RunReport, into directory: RunDirectory, announces: Bool = false) {
    do {
      let files = try report.draw(into: directory.figuresPath)
      if announces { for file in files { StandardError.write("drew \(file)\n") } }
    } catch {
      let problem = (error as? Failure)?.problem ?? "\(error)"
      StandardError.write(
        "warning: there is no learning curve: \(problem)\n"
          + "  The results are complete all the same; draw it with: metarl report \(path)\n")
    }
  }

  /// Checks that an option may be allowed to change: the experiment has it now, or had it before.
  private func requireOption(at path: String, in json: JSONValue, or stored: JSONValue) throws {
    do {
      try json.requireOption(at: path)
    } catch {
      guard (try? stored.requireOption(at: path)) == nil else { return }
      throw error
    }
  }

  private func runOne(_ directory: RunDirectory) throws {
    let stored = try directory.storedExperiment()
    let json = try changes.reduce(stored) { try $0.applying($1) }
    for path in allowedChanges { try requireOption(at: path, in: json, or: stored) }
    if directory.isFinished && checkpoint == .latest && changes.isEmpty {
      if !quiet { StandardError.write("\(directory.path) is complete\n") }
      return
    }
    let experiment = try ResolvedExperiment(json: json, library: CommandLibrary.current)
    var options = SessionOptions()
    options.threads = threads
    options.checkpoint = checkpoint
    options.allowedChanges = allowedChanges
    options.display = makeProgressDisplay(quiet: quiet)
    let session = try Session(experiment, in: directory, options: options)
    if !changes.isEmpty { try directory.adopt(experiment, changes: changes) }
    if !quiet { StandardError.write("\(directory.path)\n") }
    let watcher = renders ? Watcher(directory) : nil
    defer { watcher?.close() }
    switch try session.run() {
    case .finished:
      return
    case .interrupted(let iteration):
      throw Failure(
        .interrupted, "stopped after iteration \(iteration); everything is stored",
        remedy: "Go on with: metarl resume \(path)")
    }
  }
}
