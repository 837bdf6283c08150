import Agents
import Envs
import Foundation
import Render
import Scenes
import Tensor

/// The agent of a run playing one episode after the other in its environment, without learning, for people
/// to watch. Tasks come from the test split.
///
/// A new trial begins with the newest agent. What is seen depends on the weights and the key alone.
public final class Demonstration {
  /// Points of the trails behind what moves.
  private static let trailLength = 150
  /// Steps after which a trial gives way to a newer agent although it has not ended.
  private static let longTrial = 2000

  /// The panels beside the scene.
  public var dashboard = Dashboard()
  /// Episodes that have ended.
  public private(set) var finishedEpisodes = 0
  /// Steps taken.
  public private(set) var steps = 0
  /// Microseconds of simulated time before the present episode: those of all earlier ones, of which the
  /// last one of a trial may have been left before its end.
  public private(set) var episodeBegin: Int64 = 0

  private let name: String
  private let agent: WatchedAgent
  private let environment: any VectorEnvironment
  private let key: RandomKey
  private var player: any Player
  private var trails = SceneTrails(length: Demonstration.trailLength)
  private var scene: Scene?
  private var trial = 1
  private var episode = 1
  private var stepsOfTrial = 0
  private var current = EpisodeReturn(total: 0, discounted: 0, length: 0)
  private var last: EpisodeReturn?

  /// The agent of the run in `directory` before its first step.
  ///
  /// - Parameter key: Names the streams of tasks and actions.
  /// - Throws: ``Failure`` where the run has no agent to watch, or its checkpoint is not intact.
  public init(
    _ experiment: ResolvedExperiment, in directory: RunDirectory,
    checkpoint choice: CheckpointChoice = .latest, key: RandomKey
  ) throws {
    try Machine.pinLinearAlgebraToOneThread()
    guard case .agent(_, let factory) = experiment.subject else {
      throw Failure(
        .usage, "\(experiment.place) has no agent that plays in an environment",
        remedy: "metarl report shows what was learned.")
    }
    name = experiment.experiment.name
    self.key = key
    agent = try WatchedAgent(experiment, in: directory, checkpoint: choice)
    environment = factory.makeBatch(count: 1, split: .test, key: key)
    // The end of an episode is shown before the next one begins.
    environment.autoreset = false
    player = try Self.player(of: agent, in: environment, key: key)
    look()
  }

  /// The iterations after which the agent shown was stored.
  public var iteration: Int { agent.iteration }

  /// Steps a second: as fast as the environment's own time, where it has one.
  public var naturalSpeed: Double {
    guard let duration = environment.specification.stepDuration else {
      return Playback.normalSpeed
    }
    let speeds = Playback.speeds
    return min(max(1 / duration, speeds.lowerBound), speeds.upperBound)
  }

  /// What the environment's event camera reported in the last step, in microseconds from the beginning
  /// of the episode; nil where there is no camera.
  public var cameraEvents: [CameraEvent]? { environment.cameraEvents(row: 0) }

  /// One step, after the beginning of the next episode where the last one has ended.
  ///
  /// - Throws: ``Failure`` where a checkpoint is not intact or a number stops being finite.
  public func step() throws {
    if environment.ends[0].isEnd {
      try beginNextEpisode()
    } else if stepsOfTrial >= Self.longTrial, stepsOfTrial % 256 == 0, try agent.isOutdated {
      try beginTrial()
    }
    try act()
    steps += 1
    stepsOfTrial += 1
    current.total += Double(environment.rewards[0])
    current.length += 1
    look()
    fillDashboard()
    if environment.ends[0].isEnd {
      finishedEpisodes += 1
      last = current
      dashboard.mark()
    }
  }

  private func act() throws {
    do {
      try player.step()
      guard environment.rewards[0].isFinite else {
        throw NumericalError(
          quantity: "reward", iteration: agent.iteration,
          place: "step \(current.length) of an episode")
      }
    } catch let error as NumericalError {
      throw Failure(
        .numerical, "\(error)", remedy: "Watch an earlier checkpoint with --checkpoint.")
    }
  }

  /// Leaves the present trial and begins another one with the newest agent.
  ///
  /// - Throws: ``Failure`` where a checkpoint is not intact.
  public func beginTrial() throws {
    try agent.update()
    dashboard.mark()
    environment.reset()
    count(nextTrial: true)
    // The streams of tasks go on by themselves; those of a new player begin.
    player = try Self.player(of: agent, in: environment, key: key / "trial" / trial)
    beginEpisode()
  }

  /// What there is to see now.
  ///
  /// - Parameter status: The line below, how it is shown.
  public func frame(status: String = "") -> SceneFrame {
    var caption = "\(name)   iteration \(agent.iteration)   trial \(trial)"
    if episode > 1 { caption += "   episode \(episode)" }
    caption += "   step \(current.length)   return \(Self.short(current.total))"
    if let last { caption += " (before: \(Self.short(last.total)))" }
    return SceneFrame(scene: scene, dashboard: dashboard, caption: caption, status: status)
  }

  // MARK: Private

  private static func player(
    of agent: WatchedAgent, in environment: any VectorEnvironment, key: RandomKey
  ) throws -> any Player {
    let trainer = agent.trainer as? any AgentTrainer
    guard let player = try trainer?.makePlayer(in: environment, key: key) else {
      throw Failure(
        .usage, "agents of this kind cannot be watched",
        remedy: "Watch a run of another agent; `metarl report` shows figures of any run.")
    }
    return player
  }

  private func beginNextEpisode() throws {
    let endsTrial = environment.endsTrial(row: 0)
    if try endsTrial && agent.isOutdated { return try beginTrial() }
    // Switching it on is what begins the next episode; the player knows by itself whether that is also
    // another trial.
    environment.autoreset = true
    environment.autoreset = false
    count(nextTrial: endsTrial)
    beginEpisode()
  }

  private func count(nextTrial: Bool) {
    guard nextTrial else { return episode += 1 }
    trial += 1
    episode = 1
    stepsOfTrial = 0
  }

  /// Microseconds of simulated time since the beginning of the episode.
  private var episodeTime: Int64 {
    let duration = environment.specification.stepDuration ?? 0
    return Int64((duration * 1e6).rounded()) * Int64(current.length)
  }

  private func beginEpisode() {
    episodeBegin += episodeTime
    current = EpisodeReturn(total: 0, discounted: 0, length: 0)
    trails.clear()
    look()
  }

  /// Remembers what the environment looks like now.
  private func look() { scene = environment.scene(row: 0).map { trails.extended(by: $0) } }

  private func fillDashboard() {
    dashboard.curves("reward", ["": Double(environment.rewards[0])])
    environment.show(row: 0, on: &dashboard)
    player.show(on: &dashboard)
    let specification = environment.specification
    let shown = [
      ("action", environment.executedActions, specification.executedActionSize),
      ("observation", environment.finalObservations, specification.observationSpace.count),
    ]
    for (name, numbers, count) in shown {
      dashboard.raster(name, Array(UnsafeBufferPointer(start: numbers, count: count)))
    }
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
