import ArgumentParser
import Configuration
import Experiments
import Tensor

/// `metarl watch RUN`
struct WatchVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch the agent of a run play, in a window or as a film.",
    discussion: """
      A run that is still going on is followed: every trial begins with the newest checkpoint. Press h \
      in the window for its keys.

      With --record, a film is written instead, which needs no display: .mp4, .webm, .gif … by ffmpeg, \
      .png as an animated picture without it. Without ffmpeg, nmd.mp4 becomes the picture nmd.mp4.png. \
      With --record-events, what the event camera of the \
      environment reports is written for other programs: .aedat as AEDAT 3.1, .txt as lines of \
      seconds, column, row and polarity.

      EXAMPLE
        metarl watch runs/nmd/20260101-120000-seed7
        metarl watch runs/nmd/20260101-120000-seed7 --record nmd.mp4 --episodes 2
        metarl watch runs/spore-lane/20260101-120000-seed0 --record-events lane.aedat --steps 3000
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  @Option(help: "latest, best, or the number of an iteration.")
  var checkpoint: CheckpointChoice = .latest

  @Option(parsing: .unconditional, help: "Episodes to play; 1 for a film, without end in a window.")
  var episodes: Int?

  @Option(parsing: .unconditional, help: "Steps to play at most.")
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: "Steps of the environment a second; its own time, or 30, where absent.")
  var speed: Double?

  @Option(
    parsing: .unconditional,
    help: "Seed of tasks and actions, instead of that of the experiment's evaluation.")
  var seed: UInt64?

  @Option(help: ArgumentHelp("Write a film.", valueName: "file"), completion: .file())
  var record: String?

  @Option(
    help: ArgumentHelp("Write the events of the event camera.", valueName: "file"),
    completion: .file())
  var recordEvents: String?

  // The process of the run that this one shows.
  @Option(help: .hidden)
  var besideRun: Int32?

  func validate() throws {
    for (name, limit) in [("episodes", episodes), ("steps", steps)] {
      guard limit.map({ $0 > 0 }) ?? true else {
        throw ValidationError("--\(name) is at least 1")
      }
    }
    guard record == nil || recordEvents == nil else {
      throw ValidationError("--record and --record-events write one after the other, not at once")
    }
    guard speed.map(Playback.speeds.contains) ?? true else {
      throw ValidationError(
        "--speed is \(Playback.speeds.lowerBound) to \(Playback.speeds.upperBound)")
    }
  }

  func run() throws {
    Interruption.watch()
    let runs = try RunDirectory.runs(at: directory)
    guard runs.count == 1 else {
      throw Failure(
        .usage, "\(directory) holds \(runs.count) runs",
        remedy: "Watch one of them, such as \(runs[0].path).")
    }
    do {
      try watch(runs[0])
    } catch let failure as Failure where besideRun != nil {
      StandardError.write("\nnote: \(failure.problem); the run goes on without a window\n")
      throw ExitCode(failure.status.rawValue)
    }
  }

  private func watch(_ run: RunDirectory) throws {
    if besideRun != nil { Watcher.giveWay() }
    var stored = try run.storedExperiment()
    if let seed { stored = try stored.setting("evaluation.seed", to: .number(seed)) }
    let experiment = try ResolvedExperiment(json: stored, library: CommandLibrary.current)
    let demonstration = try Demonstration(
      experiment, in: run, checkpoint: checkpoint, key: experiment.evaluationKey / "watch")
    let speed = speed ?? demonstration.naturalSpeed
    var limits = WatchLimits(episodes: episodes, steps: steps)
    let records = record != nil || recordEvents != nil
    if records && episodes == nil && steps == nil { limits.episodes = 1 }
    if let recordEvents {
      let count = try EventFilm.record(demonstration, limits: limits, to: recordEvents)
      StandardError.write("wrote \(count) events to \(recordEvents)\n")
      return
    }
    if let record {
      let file = try Recording.record(
        demonstration, limits: limits, speed: speed, to: record)
      if file != record { StandardError.write("note: there is no ffmpeg on this machine\n") }
      StandardError.write("wrote \(file)\n")
      return
    }
    if let besideRun {
      limits.shouldStop = { Interruption.isRequested || !Watcher.isBeside(besideRun) }
    }
    try WatchWindow(
      demonstration, title: "MetaRL: \(run.path)", limits: limits, speed: speed,
      pictures: run.figuresPath
    ).run()
  }
}
