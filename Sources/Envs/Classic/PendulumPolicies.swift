import Glibc
import Tensor

/// Holds the pendulum upright by the linear–quadratic regulator and, where that would take too much
/// torque, swings it up by its energy.
///
/// The regulator minimises the costs of the reward about the upright position, for the steps of the
/// environment:
///
///     u = −(19.69 θ + 5.26 θ')
///
/// The swing pushes along with the motion while the energy, over the moment of inertia,
///
///     E = θ'²/2 + 15 cos θ          E' = 3 u θ'
///
/// is below the 15 of rest at the top, and against it above.
///
/// Source: K. J. Åström, K. Furuta, "Swinging up a pendulum by energy control", Automatica 36, 2000.
struct SwingUpPolicy: ScriptedPolicy {
  private static let angleGain: Float = 19.69
  private static let spinGain: Float = 5.26
  private static let topEnergy: Float = 15
  /// Torque for each unit of missing energy and of angular velocity; nearly always beyond the limit.
  private static let energyGain: Float = 10
  /// The largest torque the regulator may ask for, in newton metres: of 2 to 8, 8 has the best return.
  private static let reach: Float = 8

  /// Whether it swings; else the regulator alone pushes.
  let swings: Bool

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let (cosine, sine, spin) = (observation[0], observation[1], observation[2])
    let hold = -(Self.angleGain * atan2f(sine, cosine) + Self.spinGain * spin)
    let torque: Float
    if swings && abs(hold) > Self.reach {
      let missing = Self.topEnergy - (spin * spin / 2 + Self.topEnergy * cosine)
      torque = Self.energyGain * missing * (spin == 0 ? 1 : spin)
    } else {
      torque = hold
    }
    action[0] = min(Pendulum.torqueLimit, max(-Pendulum.torqueLimit, torque))
  }
}

extension Pendulum {
  /// The rows to compare with.
  public static let referenceRows: [ScriptedRow] = [
    ScriptedRow.uniform(over: Pendulum().actionSpace),
    ScriptedRow(
      name: "no swing", role: .naive,
      summary: "Pushes straight up from wherever it is, by a linear–quadratic regulator."
    ) { SwingUpPolicy(swings: false) },
    ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Swings up by the energy and holds by a linear–quadratic regulator."
    ) { SwingUpPolicy(swings: true) },
  ]
}
