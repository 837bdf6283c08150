import CKernels
import Configuration
import Tensor

/// Balance a pole on a cart by pushing the cart left (0) or right (1): Gymnasium's CartPole-v1.
///
/// With the cart's position `x` (m), the pole's angle `θ` (rad) and a force `F` of ±10 N, every step
/// of τ = 0.02 s computes
///
///     u  = (F + m l θ'² sin θ) / M
///     θ" = (g sin θ − u cos θ) / (l (4/3 − m cos² θ / M))
///     x" = u − m l θ" cos θ / M
///
/// with g = 9.8 m/s², the pole's mass m = 0.1 kg and half length l = 0.5 m, and the total mass
/// M = 1.1 kg, and integrates by Euler's method. Every step gives 1. The episode terminates beyond
/// 2.4 m or 12°, and is truncated after 500 steps. It begins with all four numbers in ±0.05.
///
/// The state is kept in double precision, as in Gymnasium. Sine and cosine are Taylor sums, exact to
/// rounding within the angles that a running episode can have.
///
/// Source: A. G. Barto, R. S. Sutton, C. W. Anderson, IEEE SMC 13, 1983, as in Gymnasium 1.x,
/// `gymnasium/envs/classic_control/cartpole.py`.
public struct CartPole: KernelEnvironment {
  /// The kernel needs nothing of the only task.
  public typealias Constants = OnlyTask

  /// What can be set.
  public struct Options: Configurable {
    /// Steps after which an episode is cut.
    public var horizon = 500

    /// CartPole-v1.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer(
          "horizon", \.horizon, in: 1...100_000_000,
          "Steps after which an episode is truncated; 500 in CartPole-v1.")
      ]
    }
  }

  /// Where cart and pole are.
  public struct State: Columnar, Codable, Equatable {
    /// Position of the cart in metres.
    public var position: Double
    /// Velocity of the cart in metres per second.
    public var velocity: Double
    /// Angle of the pole from upright in radians.
    public var angle: Double
    /// Angular velocity of the pole in radians per second.
    public var spin: Double

    /// A state.
    public init(position: Double, velocity: Double, angle: Double, spin: Double) {
      self.position = position
      self.velocity = velocity
      self.angle = angle
      self.spin = spin
    }
  }

  /// The episode terminates beyond this distance, in metres.
  public static let positionLimit = 2.4
  /// The episode terminates beyond this angle, in radians.
  public static let angleLimit = 12 * 2 * Double.pi / 360
  /// All four numbers of a first state are at most this.
  public static let initialBound: Float = 0.05

  /// What was set.
  public let options: Options

  /// The environment with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// Position, velocity, angle, angular velocity; twice the limits where an episode ends.
  public var observationSpace: BoxSpace {
    let high = [
      Float(2 * Self.positionLimit), Float.infinity, Float(2 * Self.angleLimit), Float.infinity,
    ]
    return BoxSpace(low: high.map { -$0 }, high: high)
  }
  /// Push left (0) or right (1).
  public var actionSpace: ActionSpace { .discrete(2) }
  /// The time limit.
  public var horizon: Int? { options.horizon }

  /// All four numbers uniform in ±0.05.
  public func initialState(of task: OnlyTask, using random: inout RandomStream) -> State {
    let bound = Self.initialBound
    return State(
      position: Double(random.uniform(-bound, bound)),
      velocity: Double(random.uniform(-bound, bound)),
      angle: Double(random.uniform(-bound, bound)), spin: Double(random.uniform(-bound, bound)))
  }

  /// Pushes the carts; actions of at least 0.5 push to the right.
  public func advance(_ rows: KernelRows) {
    withUnsafePointer(to: rows) { metarl_cartpole_advance($0) }
  }

  /// Shows the states in single precision.
  public func observe(_ rows: KernelRows) {
    withUnsafePointer(to: rows) { metarl_cartpole_observe($0) }
  }
}
