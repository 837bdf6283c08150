import Configuration
import Glibc
import Tensor

/// Move a ball on a plane to a goal by commanding its velocity.
///
/// The plane is 20 m × 20 m, the ball has a radius of 2 m. An action is a velocity in units of 2 m/s,
/// cut to the length 1, and lasts for 0.02 s. Where the task has a rotation, the ball moves at that
/// angle to the command: a visuomotor rotation, to which one has to adapt. With the speed `v` and the
/// angle `β` between the motion and the direction to the goal,
///
///     reward = 10 (1 − β / 60°) v / (2 m/s)     for β < 60°, else 0
///
/// A ball nearer than 2 m has reached the goal and is put 6 to 9 m away from it. The goal is the
/// centre of the plane, or drawn with the task.
///
/// Source: the reaching task of J. Kaiser et al., "Embodied synaptic plasticity with online
/// reinforcement learning", Frontiers in Neurorobotics 13:81, 2019. Sizes, speeds and the form of
/// the reward are ours where the paper does not say them; rotations and other goals are additions.
public struct BallReaching: Environment {
  /// Where goals are.
  public enum Goals: String, Sendable, CaseIterable {
    /// In the middle of the plane.
    case center
    /// Drawn with the task, up to 4 m from the middle along each axis.
    case drawn
  }

  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 1000
    /// Where goals are.
    public var goals = Goals.center
    /// Whether the difference from ball to goal is observed, or the ball's position alone.
    public var showsGoal = true
    /// The largest rotation of commands, in degrees.
    public var largestRotation = 0.0
    /// Episodes of one task.
    public var episodesPerTrial = 1

    /// The published task.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode, 0.02 s each."),
        .choice(
          "goals", \.goals, "Whether the goal is the centre of the plane or drawn with the task."),
        .flag(
          "showsGoal", \.showsGoal,
          "Whether the difference to the goal is observed, or the position alone."),
        .number(
          "largestRotation", \.largestRotation, in: 0...180,
          "Largest hidden rotation of commands in degrees, drawn with the task; 0 for none."),
        .integer(
          "episodesPerTrial", \.episodesPerTrial, in: 1...1_000_000, "Episodes of one task."),
      ]
    }
  }

  /// The goal and the rotation.
  public struct Task: Codable, Sendable, Equatable {
    /// Where the ball should go, in metres from the middle of the plane.
    public var goal: SIMD2<Double>
    /// The angle in radians by which commands are turned to the left.
    public var rotation: Double

    /// A task.
    public init(goal: SIMD2<Double> = SIMD2(0, 0), rotation: Double = 0) {
      self.goal = goal
      self.rotation = rotation
    }
  }

  /// Where the ball is.
  public struct State: Codable, Sendable, Equatable {
    /// Its centre, in metres from the middle of the plane.
    public var position: SIMD2<Double>

    /// A state.
    public init(position: SIMD2<Double>) { self.position = position }
  }

  /// Half the side of the plane in metres.
  public static let halfSide = 10.0
  /// The radius of the ball in metres.
  public static let ballRadius = 2.0
  /// The largest speed in metres per second.
  public static let speedLimit = 2.0
  /// Distance from the goal below which it counts as reached, in metres.
  public static let goalRadius = 2.0
  /// Seconds from one action to the next.
  public static let timeStep = 0.02
  /// Half the opening of the cone around the direction to the goal that gives rewards, in radians.
  public static let rewardedAngle = Double.pi / 3
  /// How far from the goal the ball is put, in metres.
  static let startDistance = 6.0...9.0
  /// Goals that are drawn are at most this far from the middle along each axis, in metres.
  static let goalHalfSide = 4.0

  /// What was set.
  public let options: Options

  /// The environment with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// The difference from ball to goal, or the position, in metres.
  public var observationSpace: BoxSpace {
    let reach = Self.halfSide + (options.showsGoal ? Self.goalHalfSide : 0)
    return BoxSpace(count: 2, in: Float(-reach)...Float(reach))
  }
  /// The velocity in units of the largest speed; longer ones are cut.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 2, in: -1...1)) }
  /// How often the goal was reached.
  public var counterNames: [String] { ["reaches"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// Names of the task’s numbers.
  public var taskParameterNames: [String] { ["goalX", "goalY", "rotation"] }
  /// What can be changed in the middle of an episode.
  public var taskEdits: [String] { ["redrawTask"] }

  /// A goal and a rotation as the options say, whichever the split: the streams differ.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    var task = Task()
    if options.goals == .drawn {
      task.goal = SIMD2(
        random.uniformDouble(-Self.goalHalfSide, Self.goalHalfSide),
        random.uniformDouble(-Self.goalHalfSide, Self.goalHalfSide))
    }
    if options.largestRotation > 0 {
      let bound = options.largestRotation * .pi / 180
      task.rotation = random.uniformDouble(-bound, bound)
    }
    return task
  }

  /// The ball 6 to 9 m from the goal.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(position: Self.start(awayFrom: task.goal, using: &random))
  }

  /// Shows `goal − position`, or the position.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    let shown = options.showsGoal ? task.goal - state.position : state.position
    observation[0] = Float(shown.x)
    observation[1] = Float(shown.y)
  }

  /// Moves the ball; its centre stays on the plane.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    var command = SIMD2(Double(action[0]), Double(action[1]))
    let length = Plane.length(command)
    if length > 1 { command /= length }
    outcome.executedAction[0] = Float(Self.speedLimit * command.x)
    outcome.executedAction[1] = Float(Self.speedLimit * command.y)
    let share = Plane.rotate(command, by: SIMD2(cos(task.rotation), sin(task.rotation)))
    outcome.reward = Float(Self.reward(moving: share, towards: task.goal - state.position))
    let bound = SIMD2(repeating: Self.halfSide)
    let position = state.position + Self.timeStep * Self.speedLimit * share
    state.position = pointwiseMin(bound, pointwiseMax(-bound, position))
    if Plane.length(task.goal - state.position) < Self.goalRadius {
      outcome.counters[0] += 1
      state.position = Self.start(awayFrom: task.goal, using: &random)
    }
  }

  /// The reward of moving with `share` of the largest speed where the goal lies at `difference`.
  static func reward(moving share: SIMD2<Double>, towards difference: SIMD2<Double>) -> Double {
    let angle = abs(atan2(Plane.cross(difference, share), (difference * share).sum()))
    return 10 * max(0, 1 - angle / rewardedAngle) * Plane.length(share)
  }

  /// Goal and rotation in radians.
  public func parameters(of task: Task) -> [Float] {
    [Float(task.goal.x), Float(task.goal.y), Float(task.rotation)]
  }

  /// `redrawTask` draws goal and rotation anew.
  public func edit(
    _ name: String, task: inout Task, state: inout State, using random: inout RandomStream
  ) {
    task = sampleTask(from: .train, using: &random)
  }

  /// A point of the plane at the distance of starts from `goal`: uniform in distance and direction,
  /// drawn again where it is off the plane.
  static func start(
    awayFrom goal: SIMD2<Double>, using random: inout RandomStream
  ) -> SIMD2<Double> {
    while true {
      let distance = random.uniformDouble(startDistance.lowerBound, startDistance.upperBound)
      let direction = random.uniformDouble(-.pi, .pi)
      let point = goal + distance * SIMD2(cos(direction), sin(direction))
      if abs(point.x) <= halfSide, abs(point.y) <= halfSide { return point }
    }
  }
}
