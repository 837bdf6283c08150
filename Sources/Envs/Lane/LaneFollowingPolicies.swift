import Tensor

/// Pure pursuit: steers on the arc through the middle of the lane 0.8 m on. It undoes gain and bias of
/// the steering if it knows them, and otherwise takes the vehicle for the nominal one.
struct PurePursuitPolicy: ScriptedPolicy {
  /// Where the observation of the pursued point begins.
  private static let pursued = 5

  let knowsVehicle: Bool
  private var vehicle = Vehicle()

  init(knowsVehicle: Bool) { self.knowsVehicle = knowsVehicle }

  mutating func begin(taskParameters: [Float]) {
    guard knowsVehicle else { return }
    vehicle.wheelbase = Double(taskParameters[1])
    vehicle.speed = Double(taskParameters[2])
    vehicle.steeringGain = Double(taskParameters[3])
    vehicle.steeringBias = Double(taskParameters[4])
  }

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let point = SIMD2(
      Double(observation[Self.pursued]), Double(observation[Self.pursued + 1]))
    let command = vehicle.command(for: vehicle.steering(pursuing: point))
    action[0] = Float(min(1, max(-1, command / Vehicle.steeringLimit)))
  }
}

extension LaneFollowing {
  /// The rows to compare with.
  public var referenceRows: [ScriptedRow] {
    let random = ScriptedRow.uniform(over: actionSpace)
    let naive = ScriptedRow(
      name: "nominal vehicle", role: .naive,
      summary: "Pure pursuit that takes the vehicle for the nominal one."
    ) { PurePursuitPolicy(knowsVehicle: false) }
    let oracle = ScriptedRow(
      name: "oracle", role: .oracle,
      summary: "Knows the vehicle: pure pursuit of the lane's middle, 0.8 m ahead."
    ) { PurePursuitPolicy(knowsVehicle: true) }
    return options.vehicles == .varied ? [random, naive, oracle] : [random, oracle]
  }
}
