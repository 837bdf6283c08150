import CKernels
import Configuration
import Glibc
import Tensor

/// Bring the tip of a two-joint arm to a goal and hold it there.
///
/// The arm is a ``PlanarArm`` with rigid-body dynamics. An action holds both torques as shares of
/// their limits, clipped to ±1, for 0.02 s, which is integrated by four Runge–Kutta steps of
/// fourth order. With the distance δ between tip and goal after the step, in metres, and the clipped actions
/// uᵢ,
///
///     reward = 1 / (1 + (δ / 0.1)²) − 0.01 (u₁² + u₂²)
///
/// A goal is where the tip is for a shoulder in ±2.5 rad and an elbow in ±2.4 rad, so it can be
/// reached; an episode begins at rest in such a pose. The task is the goal, and where `bodies` is
/// `varied` also the arm: links of 0.4 to 0.6 m and 0.5 to 2 kg, and a payload of up to 1 kg. Where
/// the goal is not shown, the reward alone tells where it is.
public struct ArmReaching: KernelEnvironment {
  /// Which arms there are.
  public enum Bodies: String, Sendable, CaseIterable {
    /// The same arm always.
    case nominal
    /// Lengths, masses and payload are drawn with the task.
    case varied
  }

  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 200
    /// Which arms there are.
    public var bodies = Bodies.nominal
    /// Whether the difference from tip to goal is observed.
    public var showsGoal = true
    /// Episodes of one task.
    public var episodesPerTrial = 1

    /// The nominal arm and a visible goal.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode, 0.02 s each."),
        .choice(
          "bodies", \.bodies, "Whether the arm is always the same or drawn with the task."),
        .flag(
          "showsGoal", \.showsGoal,
          "Whether the goal is observed; otherwise the reward alone tells where it is."),
        .integer(
          "episodesPerTrial", \.episodesPerTrial, in: 1...1_000_000, "Episodes of one task."),
      ]
    }
  }

  /// The goal and the arm.
  public struct Task: Codable, Sendable, Equatable {
    /// Where the tip should be, in metres from the shoulder.
    public var goal: SIMD2<Double>
    /// The arm.
    public var arm: PlanarArm

    /// A task.
    public init(goal: SIMD2<Double>, arm: PlanarArm = PlanarArm()) {
      self.goal = goal
      self.arm = arm
    }
  }

  /// Angles and speeds of the arm.
  public typealias State = PlanarArm.State

  /// What the kernel knows of a task: the columns that `arm.h` lists.
  public struct Constants: Columnar {
    let inertia, coupling, elbowInertia, damping: Double
    let shoulderTorque, elbowTorque, shoulderLimit, elbowLimit: Double
    let upperLength, lowerLength, goalX, goalY: Double
  }

  /// Seconds from one action to the next.
  public static let timeStep = METARL_ARM_TIME_STEP
  /// Metres from the goal within which a step counts as on target.
  public static let targetRadius = METARL_ARM_TARGET_RADIUS
  /// The largest angles of goals and of first states, in radians.
  static let drawnAngles = SIMD2<Double>(2.5, 2.4)

  /// What was set.
  public let options: Options

  /// The environment with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// Cosine and sine of both angles, both speeds (rad/s), the tip (m), tip to goal (m).
  public var observationSpace: BoxSpace {
    let high: [Float] = [1, 1, 1, 1, .infinity, .infinity, 2, 2, 4, 4]
    let shown = high.prefix(options.showsGoal ? 10 : 8)
    return BoxSpace(low: shown.map { -$0 }, high: Array(shown))
  }
  /// Torques of shoulder and elbow as shares of their limits.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 2, in: -1...1)) }
  /// Steps that end within 0.05 m of the goal.
  public var counterNames: [String] { ["onTarget"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// Names of the task’s numbers.
  public var taskParameterNames: [String] {
    ["goalX", "goalY", "upperLength", "lowerLength", "upperMass", "lowerMass", "payload"]
  }
  /// What can be changed in the middle of an episode.
  public var taskEdits: [String] { ["redrawGoal"] }

  /// A goal, and an arm where they vary, whichever the split: the streams differ.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    var arm = PlanarArm()
    if options.bodies == .varied {
      arm.lengths = SIMD2(random.uniformDouble(0.4, 0.6), random.uniformDouble(0.4, 0.6))
      arm.masses = SIMD2(random.uniformDouble(0.5, 2), random.uniformDouble(0.5, 2))
      arm.payload = random.uniformDouble(0, 1)
    }
    return Task(goal: Self.sampleGoal(of: arm, using: &random), arm: arm)
  }

  /// At rest with any angles that goals can ask for.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    let angles = Self.sampleAngles(using: &random)
    return State(shoulder: angles.x, elbow: angles.y)
  }

  /// The numbers that a task determines.
  public func constants(of task: Task) -> Constants {
    let arm = task.arm
    return Constants(
      inertia: arm.inertia, coupling: arm.coupling, elbowInertia: arm.elbowInertia,
      damping: arm.damping, shoulderTorque: arm.torqueLimits.x, elbowTorque: arm.torqueLimits.y,
      shoulderLimit: arm.jointLimits.x, elbowLimit: arm.jointLimits.y,
      upperLength: arm.lengths.x, lowerLength: arm.lengths.y, goalX: task.goal.x,
      goalY: task.goal.y)
  }

  /// Applies the torques.
  public func advance(_ rows: KernelRows) {
    withUnsafePointer(to: rows) { metarl_arm_advance($0) }
  }

  /// Shows angles, speeds, tip and, unless it is hidden, the goal.
  public func observe(_ rows: KernelRows) {
    withUnsafePointer(to: rows) { metarl_arm_observe($0, options.showsGoal ? 1 : 0) }
  }

  /// Goal, lengths, masses and payload.
  public func parameters(of task: Task) -> [Float] {
    let arm = task.arm
    return [
      task.goal.x, task.goal.y, arm.lengths.x, arm.lengths.y, arm.masses.x, arm.masses.y,
      arm.payload,
    ].map { Float($0) }
  }

  /// `redrawGoal` draws a new goal.
  public func edit(
    _ name: String, task: inout Task, state: inout State, using random: inout RandomStream
  ) {
    task.goal = Self.sampleGoal(of: task.arm, using: &random)
  }

  private static func sampleGoal(
    of arm: PlanarArm, using random: inout RandomStream
  ) -> SIMD2<Double> {
    arm.pose(sampleAngles(using: &random)).tip
  }

  private static func sampleAngles(using random: inout RandomStream) -> SIMD2<Double> {
    SIMD2(
      random.uniformDouble(-drawnAngles.x, drawnAngles.x),
      random.uniformDouble(-drawnAngles.y, drawnAngles.y))
  }
}
