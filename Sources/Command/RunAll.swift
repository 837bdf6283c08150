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
    if runs.count > 1 { try ReferenceRow.share(among: runs, library: MetaRLCommand.library) }
    if runs.count > 1 && jobs > 1 {
      try Sweep.runInProcesses(runs, jobs: jobs, quiet: quiet, resumeWith: resumeCommand)
    } else {
      for (index, directory) in runs.enumerated() {
        if runs.count > 1 && !quiet {
          StandardError.write("run \(index + 1) of \(runs.count): \(directory.path)\n")
        }
        try runOne(directory)
        if runs.count > 1 { draw(RunReport([try RunData(of: directory)]), into: directory) }
      }
    }
    let report = RunReport(try runs.map { try RunData(of: $0) })
    print(report.table)
    draw(report, into: RunDirectory(path), announces: !quiet)
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

  private var resumeCommand: String { "metarl resume \(path)" }

  private func runOne(_ directory: RunDirectory) throws {
    if directory.isFinished && checkpoint == .latest && changes.isEmpty {
      if !quiet { StandardError.write("\(directory.path) is complete\n") }
      return
    }
    let json = try changes.reduce(directory.storedExperiment()) { try $0.applying($1) }
    let experiment = try ResolvedExperiment(json: json, library: MetaRLCommand.library)
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
        remedy: "Go on with: \(resumeCommand)")
    }
  }
}
