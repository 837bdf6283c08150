import Scenes
import Tensor

/// The sizes and names an agent needs to know of an environment.
public struct EnvironmentSpecification: Sendable, Equatable {
  /// The registered name.
  public let name: String
  /// What the agent sees.
  public let observationSpace: BoxSpace
  /// What the agent may do.
  public let actionSpace: ActionSpace
  /// How many numbers the executed action has.
  public let executedActionSize: Int
  /// What is counted beside the reward.
  public let counterNames: [String]
  /// The largest number of steps of an episode, nil for no limit.
  public let horizon: Int?
  /// Seconds that a step lasts, nil where that has no meaning.
  public let stepDuration: Double?
  /// How many episodes a task lasts.
  public let episodesPerTrial: Int
  /// Equal parts of a step that an observation shows one after the other.
  public let observationSlots: Int
  /// The image that each slot of an observation is; nil where it is none.
  public let observationImage: ObservationImage?
  /// Named changes of the task in the middle of an episode.
  public let taskEdits: [String]

  /// The specification of `environment` under `name`, with `episodesPerTrial` episodes of each task.
  public init(name: String, of environment: some Environment, episodesPerTrial: Int = 1) {
    self.name = name
    self.episodesPerTrial = episodesPerTrial
    observationSpace = environment.observationSpace
    actionSpace = environment.actionSpace
    executedActionSize = environment.executedActionSize
    counterNames = environment.counterNames
    horizon = environment.horizon
    stepDuration = environment.stepDuration
    observationSlots = environment.observationSlots
    observationImage = environment.observationImage
    taskEdits = environment.taskEdits
  }
}

/// A batch of episodes that advance in lock-step. A shard of an experiment owns one.
///
/// Row `i` draws from its own random streams, named by the global number of the row, so the results
/// never depend on how the rows are dealt out to shards or threads.
///
/// Autoreset is *same step*: when an episode ends, `finalObservations` keeps its last observation and
/// `observations` already shows the first one of the next episode. With `autoreset` off, a finished
/// row stands still: its end and observation stay, its reward is 0, until `reset` or until `autoreset`
/// is switched on, which begins its next episode.
public protocol VectorEnvironment: AnyObject {
  /// Sizes and names.
  var specification: EnvironmentSpecification { get }
  /// The number of rows.
  var count: Int { get }
  /// Whether finished rows begin a new episode by themselves.
  var autoreset: Bool { get set }

  /// `[count × observation]`: what the agent sees now.
  var observations: UnsafePointer<Float> { get }
  /// `[count × observation]`: the last observation of the step, also where an episode ended.
  var finalObservations: UnsafePointer<Float> { get }
  /// `[count]`: rewards of the last step.
  var rewards: UnsafePointer<Float> { get }
  /// `[count]`: how the last step ended.
  var ends: UnsafePointer<StepEnd> { get }
  /// `[count × executed action]` of the last step; zero after a reset.
  var executedActions: UnsafePointer<Float> { get }
  /// `[count × counters]`, summed since the beginning of each episode; kept until the next step
  /// where an episode has just ended.
  var counters: UnsafePointer<Float> { get }

  /// Whether the last step ended the row's trial: what follows has a new task. While this is false
  /// an ended episode is followed by another one of the same task.
  func endsTrial(row: Int) -> Bool
  /// The place within its trial, from 0, of the episode that the row's last step belonged to.
  func trialEpisode(row: Int) -> Int

  /// Begins new episodes with new tasks in all rows.
  func reset()
  /// Advances all rows; `actions` is `[count × action]`.
  func step(_ actions: UnsafePointer<Float>)
  /// Carries out a task edit in one row.
  func edit(_ name: String, row: Int)
  /// The parameters of the row's task as numbers, for analyses; empty where a task has none.
  func taskParameters(row: Int) -> [Float]
  /// What the row looks like now to somebody who may see its task; nil if the environment has no
  /// looks.
  func scene(row: Int) -> Scene?
  /// Shows beside the scene what else is worth seeing of the row after the last step.
  func show(row: Int, on dashboard: inout Dashboard)
  /// What the row's event camera reported in the last step; nil for environments without one.
  func cameraEvents(row: Int) -> [CameraEvent]?

  /// Stores tasks, states and random streams under names beginning with `prefix`.
  func save(into archive: inout Archive, prefix: String) throws
  /// Restores what `save` stored.
  func restore(from archive: Archive, prefix: String) throws
}

extension VectorEnvironment {
  /// Every episode is a trial of its own.
  public func endsTrial(row: Int) -> Bool { ends[row].isEnd }
  /// Every episode is the first of its trial.
  public func trialEpisode(row: Int) -> Int { 0 }
  /// No looks.
  public func scene(row: Int) -> Scene? { nil }
  /// Nothing else.
  public func show(row: Int, on dashboard: inout Dashboard) {}
  /// No camera.
  public func cameraEvents(row: Int) -> [CameraEvent]? { nil }
}
