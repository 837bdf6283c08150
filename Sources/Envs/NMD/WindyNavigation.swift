import Configuration
import Tensor

/// Benchmark 2 of the neuromodulation paper: reach a target in a wind as fast as oneself.
///
/// The mover lives in the ``WrappedPlane``. While it is farther than 0.4 from the target, a step adds
/// `0.25·(cos a, sin a) + 0.25·(cos w, sin w)` with the chosen heading `a` and the wind's
/// `w = α₃ + U(-π/4, π/4)`, and gives ``Options/stepReward``. A step that begins within 0.4 gives 100
/// and teleports the mover farther than 0.6 from the target, which stays.
///
/// The observation is the plain difference `target − position`; it jumps when the mover crosses a
/// side of the plane.
///
/// Source: N. Vecoven et al., PLOS ONE 15(1): e0227922, 2020, benchmark 2. The code and the figure
/// caption have a step reward of −2, the text −0.2.
public struct WindyNavigation: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 4000
    /// Reward of a step that does not begin on the target.
    public var stepReward: Float = -2

    /// The values of the paper's code.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode."),
        .number(
          "stepReward", \.stepReward, in: -1000...1000,
          "Reward of a step without a hit: -2 in the paper's code, -0.2 in its text."),
      ]
    }
  }

  /// The target and the wind.
  public struct Task: Codable, Sendable, Equatable {
    /// The centre of the target, in `[-1, 1]²`.
    public var target: SIMD2<Float>
    /// The main direction of the wind in radians, in [0, 2π).
    public var wind: Float

    /// A task.
    public init(target: SIMD2<Float>, wind: Float) {
      self.target = target
      self.wind = wind
    }
  }

  /// Where the mover is.
  public struct State: Codable, Sendable, Equatable {
    /// A point of the plane.
    public var position: SIMD2<Float>

    /// A state.
    public init(position: SIMD2<Float>) { self.position = position }
  }

  /// The reward for the target.
  public static let hitReward: Float = 100
  /// The wind turns at most this far from its main direction, in radians.
  public static let windSpread = Float.pi / 4

  /// What was set.
  public let options: Options

  /// The benchmark with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// The difference from the mover to the target.
  public var observationSpace: BoxSpace { BoxSpace(count: 2, in: -3...3) }
  /// The heading divided by π; beyond ±1 it goes round.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  /// Steps that began on the target.
  public var counterNames: [String] { ["hits"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// Names of the task’s numbers.
  public var taskParameterNames: [String] { ["targetX", "targetY", "wind"] }
  /// What can be changed in the middle of an episode.
  public var taskEdits: [String] { ["redrawTarget", "redrawWind"] }

  /// Target and wind are uniform, whichever the split: the streams differ.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(
      target: WrappedPlane.sampleTarget(using: &random), wind: Self.sampleWind(using: &random))
  }

  /// The mover at a teleport’s distance from the target.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(position: Self.teleport(awayFrom: task.target, using: &random))
  }

  /// Shows `target − position`.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    let difference = task.target - state.position
    observation[0] = difference.x
    observation[1] = difference.y
  }

  /// Pays for the target or moves.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let heading = WrappedPlane.heading(ofAction: action[0])
    outcome.executedAction[0] = heading
    if WrappedPlane.distance(state.position, task.target) <= WrappedPlane.targetRadius {
      outcome.reward = Self.hitReward
      outcome.counters[0] += 1
      state.position = Self.teleport(awayFrom: task.target, using: &random)
    } else {
      let gust = task.wind + random.uniform(-Self.windSpread, Self.windSpread)
      outcome.reward = options.stepReward
      state.position = WrappedPlane.wrap(
        state.position + WrappedPlane.displacement(heading: heading)
          + WrappedPlane.displacement(heading: gust))
    }
  }

  /// The target’s centre and the wind in radians.
  public func parameters(of task: Task) -> [Float] { [task.target.x, task.target.y, task.wind] }

  /// `redrawTarget` draws a new target, `redrawWind` a new main direction of the wind.
  public func edit(
    _ name: String, task: inout Task, state: inout State, using random: inout RandomStream
  ) {
    if name == "redrawTarget" {
      task.target = WrappedPlane.sampleTarget(using: &random)
    } else {
      task.wind = Self.sampleWind(using: &random)
    }
  }

  /// A main direction of the wind, uniform in [0, 2π).
  static func sampleWind(using random: inout RandomStream) -> Float {
    random.uniform(0, 2 * Float.pi)
  }

  /// A point far enough from `target`.
  static func teleport(
    awayFrom target: SIMD2<Float>, using random: inout RandomStream
  ) -> SIMD2<Float> {
    WrappedPlane.teleport(using: &random) {
      WrappedPlane.distance($0, target) > WrappedPlane.teleportDistance
    }
  }
}
