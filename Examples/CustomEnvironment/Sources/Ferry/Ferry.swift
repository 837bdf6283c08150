import MetaRL

/// Hold a ferry at its landing stage in a current that nobody has measured.
///
///     c ~ U[-1, 1]²                      the current: the task
///     v ← v + 0.2 · (thrust + c − v)
///     p ← p + 0.2 · v, within ±5         the observation
///     reward = −|p|
///
/// The ferry feels the current only in where it drifts, so an agent has to find it out anew in every
/// episode.
public struct Ferry: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 50

    /// The defaults.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [.integer("horizon", \.horizon, in: 1...1_000_000, "Steps of an episode.")]
    }
  }

  /// The current.
  public struct Task: Codable, Sendable, Equatable {
    var current: SIMD2<Float>
  }

  /// Where the ferry is and how it moves.
  public struct State: Codable, Sendable {
    var position: SIMD2<Float>
    var velocity = SIMD2<Float>.zero
  }

  private let options: Options

  /// A ferry with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// The position.
  public var observationSpace: BoxSpace { BoxSpace(count: 2, in: -5...5) }
  /// The thrust.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 2, in: -2...2)) }
  /// Steps at the landing stage.
  public var counterNames: [String] { ["landed"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// What the task is described by.
  public var taskParameterNames: [String] { ["currentX", "currentY"] }

  /// Draws a current.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(current: [random.uniform(-1, 1), random.uniform(-1, 1)])
  }

  /// Somewhere near the landing stage, at rest.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(position: [random.uniform(-2, 2), random.uniform(-2, 2)])
  }

  /// Shows the position.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = state.position.x
    observation[1] = state.position.y
  }

  /// Thrusts and drifts.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let thrust = SIMD2(action[0], action[1]).clamped(
      lowerBound: SIMD2(repeating: -2), upperBound: SIMD2(repeating: 2))
    outcome.executedAction[0] = thrust.x
    outcome.executedAction[1] = thrust.y
    state.velocity += 0.2 * (thrust + task.current - state.velocity)
    state.position = (state.position + 0.2 * state.velocity).clamped(
      lowerBound: SIMD2(repeating: -5), upperBound: SIMD2(repeating: 5))
    let distance = (state.position * state.position).sum().squareRoot()
    outcome.reward = -distance
    if distance < 0.3 { outcome.counters[0] += 1 }
  }

  /// The landing stage, the ferry, and where the current drives it: what the window shows.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let ferry = SIMD2<Double>(state.position)
    var scene = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 10, height: 10))
    scene.disc(at: SIMD2(0, 0), radius: 0.3, .green)
    scene.arrow(from: ferry, to: ferry + SIMD2<Double>(task.current), width: 0.05, .muted)
    scene.disc(at: ferry, radius: 0.2, .blue)
    scene.follow(ferry, width: 0.05, .blue)
    return scene
  }

  /// The current as numbers.
  public func parameters(of task: Task) -> [Float] { [task.current.x, task.current.y] }
}

extension Ferry {
  /// What a library registers: the name, the options, and policies to compare with.
  public static var entry: Registry<EnvironmentFactory>.Entry {
    .init("ferry", "Hold a ferry in an unknown current.", options: Options.self) { options in
      EnvironmentFactory(
        name: "ferry", Ferry(options),
        rows: [
          ScriptedRow(
            name: "steers back", role: .naive,
            summary: "Steers towards the landing stage and knows of no current."
          ) { Pilot(knowsCurrent: false) },
          ScriptedRow(
            name: "knows the current", role: .oracle,
            summary: "Steers towards the landing stage and against the current."
          ) { Pilot(knowsCurrent: true) },
        ])
    }
  }
}

/// Steers towards the landing stage, against the current if it knows it.
private struct Pilot: ScriptedPolicy {
  let knowsCurrent: Bool
  var current: [Float] = [0, 0]
  var previous: [Float]?

  init(knowsCurrent: Bool) { self.knowsCurrent = knowsCurrent }

  mutating func begin(taskParameters: [Float]) {
    if knowsCurrent { current = taskParameters }
    previous = nil
  }

  mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let before = previous ?? Array(observation)
    for i in 0..<2 {
      let velocity = (observation[i] - before[i]) / 0.2
      action[i] = -current[i] - 3 * observation[i] - velocity
    }
    previous = Array(observation)
  }
}
