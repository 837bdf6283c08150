import Scenes
import Tensor

/// Which half of a task distribution a task comes from. The halves never overlap.
public enum TaskSplit: String, Sendable, Codable, CaseIterable {
  /// Tasks to learn from.
  case train
  /// Tasks that are kept for tests.
  case test
}

/// What one step did, beside changing the state.
public struct StepOutcome {
  /// The reward of the step.
  public var reward: Float = 0
  /// Whether and how the episode ended.
  public var end: StepEnd = .running
  /// The action as the world executed it (scaled, clipped, mapped), fed back to meta-learners.
  public var executedAction: UnsafeMutableBufferPointer<Float>
  /// One number per entry of ``Environment/counterNames``; add to what is there.
  public var counters: UnsafeMutableBufferPointer<Float>

  /// An outcome that writes to the given buffers.
  public init(
    executedAction: UnsafeMutableBufferPointer<Float>, counters: UnsafeMutableBufferPointer<Float>
  ) {
    self.executedAction = executedAction
    self.counters = counters
  }
}

/// A family of Markov decision processes: a world whose parameters, the *task*, vary.
///
/// An environment is a value without mutable state of its own: the state of one episode and the
/// parameters of one task are values too, so many episodes run side by side, can be copied,
/// and can be stored. An environment with a single task uses an empty `Task`.
///
/// `initialState` never changes the task. Time limits belong to ``VectorEnvironment``; `step` reports
/// `.terminated` only where the world itself reaches a final state.
public protocol Environment: Sendable {
  /// The parameters of one process, hidden from the agent and constant unless edited.
  associatedtype Task: Codable & Sendable & Equatable
  /// Everything that changes within an episode.
  associatedtype State: Codable & Sendable

  /// What the agent sees.
  var observationSpace: BoxSpace { get }
  /// What the agent may do.
  var actionSpace: ActionSpace { get }
  /// How many numbers ``StepOutcome/executedAction`` has.
  var executedActionSize: Int { get }
  /// What is counted beside the reward, such as `hits`.
  var counterNames: [String] { get }
  /// The largest number of steps of an episode, nil for no limit.
  var horizon: Int? { get }
  /// Seconds that a step lasts, nil where that has no meaning. Spiking agents need to know it.
  var stepDuration: Double? { get }
  /// Equal parts of a step that an observation shows one after the other; 1 for a single moment.
  var observationSlots: Int { get }
  /// The image that each slot of an observation is; nil where it is none.
  var observationImage: ObservationImage? { get }

  /// Draws a task.
  func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task
  /// The beginning of an episode of `task`.
  func initialState(of task: Task, using random: inout RandomStream) -> State
  /// Replaces `state` by the beginning of another episode, as ``initialState(of:using:)`` gives it. Write
  /// this where a state has arrays whose memory can serve again, so that episodes allocate nothing.
  func restart(_ state: inout State, of task: Task, using random: inout RandomStream)
  /// Writes the observation of `state`; `observation` has ``observationSpace``'s size.
  func observe(_ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>)
  /// Advances `state` by one step. `action` has ``actionSpace``'s count.
  func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome)

  /// Names of the numbers that ``parameters(of:)`` gives.
  var taskParameterNames: [String] { get }
  /// The task as numbers, for analyses and for policies that may know it.
  func parameters(of task: Task) -> [Float]

  /// Named changes of the task in the middle of an episode, such as `redrawGoal`.
  var taskEdits: [String] { get }
  /// Carries out one of ``taskEdits``.
  func edit(_ name: String, task: inout Task, state: inout State, using random: inout RandomStream)

  /// What `state` looks like to somebody who may see the task; nil if the environment has no looks.
  func scene(_ state: State, of task: Task) -> Scene?
  /// Shows beside the scene what else is worth seeing of `state`, such as the events of a camera.
  func show(_ state: State, of task: Task, on dashboard: inout Dashboard)
  /// What the event camera of the environment reported in the last step, in microseconds from the
  /// beginning of the episode; nil for an environment without one.
  func cameraEvents(_ state: State) -> [CameraEvent]?
}

/// The task of an environment that has only one.
public struct OnlyTask: Codable, Sendable, Equatable {
  /// The task.
  public init() {}
}

extension Environment where Task == OnlyTask {
  /// There is only one task.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> OnlyTask {
    OnlyTask()
  }
}

extension Environment {
  /// As many numbers as an action has.
  public var executedActionSize: Int { actionSpace.count }
  /// A single moment.
  public var observationSlots: Int { 1 }
  /// No image.
  public var observationImage: ObservationImage? { nil }
  /// Steps have no duration.
  public var stepDuration: Double? { nil }
  /// A new state.
  public func restart(_ state: inout State, of task: Task, using random: inout RandomStream) {
    state = initialState(of: task, using: &random)
  }
  /// Nothing is counted.
  public var counterNames: [String] { [] }
  /// A task is not described by numbers.
  public var taskParameterNames: [String] { [] }
  /// A task is not described by numbers.
  public func parameters(of task: Task) -> [Float] { [] }
  /// No task edits.
  public var taskEdits: [String] { [] }
  /// There is nothing to edit.
  public func edit(
    _ name: String, task: inout Task, state: inout State, using random: inout RandomStream
  ) {
    preconditionFailure("this environment has no task edit named \(name)")
  }
  /// No looks.
  public func scene(_ state: State, of task: Task) -> Scene? { nil }
  /// Nothing else.
  public func show(_ state: State, of task: Task, on dashboard: inout Dashboard) {}
  /// No camera.
  public func cameraEvents(_ state: State) -> [CameraEvent]? { nil }
}
