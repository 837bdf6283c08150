import Configuration
import Glibc
import Tensor

/// Swing a pendulum up and hold it: Gymnasium's Pendulum-v1.
///
/// With the angle `θ` from upright (rad) and a torque `u` clipped to ±2 N·m, every step of
/// dt = 0.05 s gives
///
///     reward = −(wrap(θ)² + 0.1 θ'² + 0.001 u²)
///
/// of the state before the step, and then computes
///
///     θ' ← clip(θ' + (3 g / (2 l) sin θ + 3 / (m l²) u) dt, ±8)
///     θ  ← θ + θ' dt
///
/// with g = 10 m/s², m = 1 kg, l = 1 m. The observation is (cos θ, sin θ, θ'). An episode begins with
/// θ in ±π and θ' in ±1, and is truncated after 200 steps.
///
/// Source: Gymnasium 1.x, `gymnasium/envs/classic_control/pendulum.py`, which multiplies the torque
/// in single and everything else in double precision, as here.
public struct Pendulum: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Steps after which an episode is cut.
    public var horizon = 200

    /// Pendulum-v1.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer(
          "horizon", \.horizon, in: 1...100_000_000,
          "Steps after which an episode is truncated; 200 in Pendulum-v1.")
      ]
    }
  }

  /// Where the pendulum is.
  public struct State: Codable, Sendable, Equatable {
    /// Angle from upright in radians, not wrapped.
    public var angle: Double
    /// Angular velocity in radians per second.
    public var spin: Double

    /// A state.
    public init(angle: Double, spin: Double) {
      self.angle = angle
      self.spin = spin
    }
  }

  /// The largest torque, in newton metres.
  public static let torqueLimit: Float = 2
  /// The largest angular velocity, in radians per second.
  public static let spinLimit = 8.0
  private static let timeStep = 0.05
  private static let gravity = 10.0

  /// What was set.
  public let options: Options

  /// The environment with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// cos θ, sin θ and the angular velocity.
  public var observationSpace: BoxSpace {
    let high: [Float] = [1, 1, Float(Self.spinLimit)]
    return BoxSpace(low: high.map { -$0 }, high: high)
  }
  /// The torque in newton metres, clipped to ±2.
  public var actionSpace: ActionSpace {
    .continuous(BoxSpace(count: 1, in: -Self.torqueLimit...Self.torqueLimit))
  }
  /// The time limit.
  public var horizon: Int? { options.horizon }

  /// Any angle, and an angular velocity in ±1.
  public func initialState(of task: OnlyTask, using random: inout RandomStream) -> State {
    State(angle: random.uniformDouble(-.pi, .pi), spin: random.uniformDouble(-1, 1))
  }

  /// Shows cos θ, sin θ and the angular velocity.
  public func observe(
    _ state: State, of task: OnlyTask, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = Float(cos(state.angle))
    observation[1] = Float(sin(state.angle))
    observation[2] = Float(state.spin)
  }

  /// Applies the torque.
  public func step(
    _ state: inout State, of task: inout OnlyTask, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let torque = min(Self.torqueLimit, max(-Self.torqueLimit, action[0]))
    outcome.executedAction[0] = torque
    let angle = Self.wrapped(state.angle)
    let effort = Float(0.001) * (torque * torque)
    outcome.reward = Float(-(angle * angle + 0.1 * (state.spin * state.spin) + Double(effort)))
    let acceleration = 3 * Self.gravity / 2 * sin(state.angle) + Double(3 * torque)
    let spin = state.spin + acceleration * Self.timeStep
    state.spin = min(Self.spinLimit, max(-Self.spinLimit, spin))
    state.angle += state.spin * Self.timeStep
  }

  /// The angle brought into [-π, π).
  private static func wrapped(_ angle: Double) -> Double {
    let turn = 2 * Double.pi
    let remainder = fmod(angle + .pi, turn)
    return (remainder < 0 ? remainder + turn : remainder) - .pi
  }
}
