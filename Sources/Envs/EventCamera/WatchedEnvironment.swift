import Scenes
import Tensor

/// An environment that a camera can look at.
public protocol Watchable: Environment {
  /// What a camera sees.
  associatedtype Appearance: LightField
  /// What `state` looks like to the camera.
  func lightField(_ state: State, of task: Task) -> Appearance
}

/// An environment whose observation is what an event camera reports of it, see ``EventVision``.
public struct WatchedEnvironment<Base: Watchable>: Environment {
  /// The environment and what the eye remembers of it.
  public struct State: Codable, Sendable {
    /// The state of the environment.
    public var base: Base.State
    /// The eye.
    public var vision: EventVision

    @usableFromInline
    init(base: Base.State) {
      self.base = base
      vision = EventVision()
    }
  }

  /// The environment.
  public let base: Base
  /// The camera.
  public let camera: EventCamera
  /// Microseconds of a step.
  private let tick: Int64

  /// `base` before a camera. It must say how long its steps last.
  public init(_ base: Base, camera: EventCameraOptions) {
    guard let duration = base.stepDuration else {
      preconditionFailure("a camera needs to know how long a step lasts")
    }
    self.base = base
    self.camera = EventCamera(camera)
    tick = Int64((duration * 1e6).rounded())
  }

  /// +1, 0 or −1 for each pixel of each slot.
  public var observationSpace: BoxSpace {
    BoxSpace(count: camera.pixels * observationSlots, in: -1...1)
  }
  /// Those of ``EventVision``.
  public var observationSlots: Int { EventVision.slots(of: camera.options, tick: tick) }
  /// That of the environment.
  public var actionSpace: ActionSpace { base.actionSpace }
  /// That of the environment.
  public var executedActionSize: Int { base.executedActionSize }
  /// Those of the environment.
  public var counterNames: [String] { base.counterNames }
  /// That of the environment.
  public var horizon: Int? { base.horizon }
  /// That of the environment.
  public var stepDuration: Double? { base.stepDuration }
  /// Those of the environment.
  public var taskParameterNames: [String] { base.taskParameterNames }
  /// Those of the environment.
  public var taskEdits: [String] { base.taskEdits }

  /// A task of the environment.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Base.Task {
    base.sampleTask(from: split, using: &random)
  }

  /// The beginning of an episode, in which nothing has moved yet.
  public func initialState(of task: Base.Task, using random: inout RandomStream) -> State {
    var state = State(base: base.initialState(of: task, using: &random))
    open(&state, of: task, using: &random)
    return state
  }

  /// The beginning of the next episode in the memory of the last one.
  public func restart(_ state: inout State, of task: Base.Task, using random: inout RandomStream) {
    base.restart(&state.base, of: task, using: &random)
    open(&state, of: task, using: &random)
  }

  private func open(_ state: inout State, of task: Base.Task, using random: inout RandomStream) {
    state.vision.open(
      camera, on: base.lightField(state.base, of: task), tick: tick, using: &random)
  }

  /// Shows the events of the last step.
  public func observe(
    _ state: State, of task: Base.Task, into observation: UnsafeMutableBufferPointer<Float>
  ) { state.vision.observe(into: observation) }

  /// Lets the environment go on and looks at it.
  public func step(
    _ state: inout State, of task: inout Base.Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    base.step(&state.base, of: &task, action: action, using: &random, outcome: &outcome)
    state.vision.look(
      camera, at: base.lightField(state.base, of: task), tick: tick, using: &random)
  }

  /// The task of the environment as numbers.
  public func parameters(of task: Base.Task) -> [Float] { base.parameters(of: task) }

  /// An edit of the environment; the camera sees it in the next step.
  public func edit(
    _ name: String, task: inout Base.Task, state: inout State, using random: inout RandomStream
  ) { base.edit(name, task: &task, state: &state.base, using: &random) }

  /// What the environment looks like to an ordinary camera.
  public func scene(_ state: State, of task: Base.Task) -> Scene? {
    base.scene(state.base, of: task)
  }

  /// The events of the last step.
  public func cameraEvents(_ state: State) -> [CameraEvent]? { state.vision.events }

  /// Shows the events of the last step where the camera saw them, and what the environment shows.
  public func show(_ state: State, of task: Base.Task, on dashboard: inout Dashboard) {
    dashboard.matrix("events", columns: camera.options.width) {
      var image = [Float](repeating: 0, count: camera.pixels)
      for event in state.vision.events {
        image[Int(event.y) * camera.options.width + Int(event.x)] = event.polarity
      }
      return image
    }
    base.show(state.base, of: task, on: &dashboard)
  }
}

extension WatchedEnvironment {
  /// That of the camera.
  public var observationImage: ObservationImage? {
    ObservationImage(width: camera.options.width, height: camera.options.height)
  }
}
