import Configuration
import Glibc
import Tensor

/// Bring the tip of an arm to the middle of a plane by the speeds of its joints: ``BallReaching`` with
/// an arm in place of a freely moving ball.
///
/// The base is in the middle of the lower edge of the plane, which is 20 m × 20 m, and both links are
/// 10 m long, so that the middle is reached with the elbow bent by 120°. An action is the speeds of
/// shoulder and elbow in units of 0.2 rad/s, cut to the length 1, and lasts for 0.02 s; the arm has no
/// mass and stands still where its tip would leave the plane. The reward is that of ``BallReaching`` for
/// the velocity of the tip, and a tip nearer than 2 m to the middle is put 6 to 9 m away.
///
/// An extension of ours to the reaching task of J. Kaiser et al. 2019, arXiv:2003.01431.
public struct KinematicArmReaching: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 1000

    /// Episodes of 20 s.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [.integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode, 0.02 s each.")]
    }
  }

  /// How the arm stands.
  public struct State: Codable, Sendable, Equatable {
    /// Angles of the upper link from the x axis and of the lower link from the upper one, in radians.
    public var angles: SIMD2<Double>
  }

  /// The largest joint speed in radians per second.
  public static let speedLimit = 0.2
  static let linkLength = 10.0
  static let base = SIMD2(0, -BallReaching.halfSide)

  /// What was set.
  public let options: Options

  /// The environment with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// Cosine and sine of both angles.
  public var observationSpace: BoxSpace { BoxSpace(count: 4, in: -1...1) }
  /// Joint speeds in units of the largest one.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 2, in: -1...1)) }
  /// How often the middle was reached.
  public var counterNames: [String] { ["reaches"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// 20 ms.
  public var stepDuration: Double? { BallReaching.timeStep }

  /// Where the tip is, in metres from the middle of the plane.
  public static func tip(of angles: SIMD2<Double>) -> SIMD2<Double> {
    let both = angles.x + angles.y
    return base
      + linkLength * (Plane.direction(angles.x) + Plane.direction(both))
  }

  /// The velocity of the tip for joint speeds `speeds`.
  static func velocity(of angles: SIMD2<Double>, speeds: SIMD2<Double>) -> SIMD2<Double> {
    let both = angles.x + angles.y
    let turn = speeds.x + speeds.y
    return linkLength
      * (speeds.x * SIMD2(-sin(angles.x), cos(angles.x)) + turn * SIMD2(-sin(both), cos(both)))
  }

  /// The tip 6 to 9 m from the middle, the elbow to the left.
  public func initialState(of task: OnlyTask, using random: inout RandomStream) -> State {
    State(angles: Self.start(using: &random))
  }

  private static func start(using random: inout RandomStream) -> SIMD2<Double> {
    let point = BallReaching.start(awayFrom: SIMD2(0, 0), using: &random) - base
    let bend = acos(min(1, max(-1, (point * point).sum() / (2 * linkLength * linkLength) - 1)))
    return SIMD2(atan2(point.y, point.x) - 0.5 * bend, bend)
  }

  /// Shows cosines and sines.
  public func observe(
    _ state: State, of task: OnlyTask, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = Float(cos(state.angles.x))
    observation[1] = Float(sin(state.angles.x))
    observation[2] = Float(cos(state.angles.y))
    observation[3] = Float(sin(state.angles.y))
  }

  /// Moves the joints.
  public func step(
    _ state: inout State, of task: inout OnlyTask, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    var command = SIMD2(Double(action[0]), Double(action[1]))
    let length = Plane.length(command)
    if length > 1 { command /= length }
    let speeds = Self.speedLimit * command
    outcome.executedAction[0] = Float(speeds.x)
    outcome.executedAction[1] = Float(speeds.y)
    let velocity = Self.velocity(of: state.angles, speeds: speeds)
    let tip = Self.tip(of: state.angles)
    outcome.reward = Float(
      BallReaching.reward(moving: velocity / BallReaching.speedLimit, towards: -tip))
    let next = state.angles + BallReaching.timeStep * speeds
    let reached = Self.tip(of: next)
    guard abs(reached.x) <= BallReaching.halfSide, abs(reached.y) <= BallReaching.halfSide else {
      return
    }
    state.angles = next
    if Plane.length(reached) < BallReaching.goalRadius {
      outcome.counters[0] += 1
      state.angles = Self.start(using: &random)
    }
  }
}

extension KinematicArmReaching: Watchable {
  /// A disc at the tip.
  public func lightField(_ state: State, of task: OnlyTask) -> SoftDisc {
    SoftDisc(
      onPlaneAt: Self.tip(of: state.angles), halfSide: BallReaching.halfSide,
      radius: BallReaching.ballRadius)
  }
}
