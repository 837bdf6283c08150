import Configuration
import Glibc
import Tensor

/// Steer a vehicle along the right lane of a closed road.
///
/// The vehicle drives at a constant speed; its motion is that of ``Vehicle``. An action is a steering
/// angle as a share of 25°, clipped to ±1, for 0.02 s. With the distance `d` (m) of the rear axle from
/// the middle of the lane and the angle `β` (degrees) between vehicle and road after the step,
///
///     reward = exp(−0.03 β²) exp(−70 d²)
///
/// The episode terminates where the rear axle leaves the lane, 1.2 m wide. The task is the road, one
/// of the ``Track``, and where `vehicles` is `varied` also the vehicle: its wheelbase (0.4 to 0.6 m),
/// speed (1.5 to 2.5 m/s), gain (0.75 to 1.25) and bias (±3°) of its steering, none of which is
/// observed.
///
/// Source: the lane following task of J. Kaiser et al., "Embodied synaptic plasticity with online
/// reinforcement learning", Frontiers in Neurorobotics 13:81, 2019: its reward. Sizes, speeds and
/// roads are ours.
public struct LaneFollowing: Environment {
  /// Which vehicles there are.
  public enum Vehicles: String, Sendable, CaseIterable {
    /// The same vehicle always.
    case nominal
    /// Wheelbase, speed, steering gain and bias are drawn with the task.
    case varied
  }

  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 1000
    /// Which roads there are.
    public var track = Track.fixed
    /// Which vehicles there are.
    public var vehicles = Vehicles.nominal
    /// The speed of the nominal vehicle in metres per second.
    public var speed = 2.0
    /// Whether episodes begin anywhere on the road, or at its start.
    public var startsAnywhere = true
    /// Episodes of one task.
    public var episodesPerTrial = 1

    /// Four roads and the nominal vehicle.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode, 0.02 s each."),
        .choice(
          "track", \.track, "The road, or the set of roads from which the task draws one."),
        .choice(
          "vehicles", \.vehicles,
          "Whether the vehicle is always the same or drawn with the task."),
        .number(
          "speed", \.speed, in: 0.1...10, "Metres per second of the nominal vehicle."),
        .flag(
          "startsAnywhere", \.startsAnywhere,
          "Whether episodes begin anywhere on the road, or at its start."),
        .integer(
          "episodesPerTrial", \.episodesPerTrial, in: 1...1_000_000, "Episodes of one task."),
      ]
    }
  }

  /// The road and the vehicle.
  public struct Task: Codable, Sendable, Equatable {
    /// The number of the road, modulo how many there are, so that a stored task suits other options.
    public var road: UInt8
    /// The vehicle.
    public var vehicle: Vehicle

    /// A task.
    public init(road: UInt8 = 0, vehicle: Vehicle = Vehicle()) {
      self.road = road
      self.vehicle = vehicle
    }
  }

  /// Where the vehicle is, and where that is on the road.
  public struct State: Codable, Sendable, Equatable {
    /// The rear axle and the direction of the vehicle.
    public var pose: Pose
    /// The angle of the front wheel in radians.
    public var steering: Double
    /// Metres along the middle of the road from its start.
    public var station: Double
    /// Metres from the middle of the lane to the left.
    public var offset: Double
    /// The direction of the vehicle from that of the road, in radians, to the left.
    public var headingError: Double
  }

  /// What lies on the road.
  public static let markings = RoadMarkings()
  /// Seconds from one action to the next.
  public static let timeStep = 0.02
  /// How far ahead along the road the lane is observed, in metres.
  public static let previews = [0.4, 0.8, 1.6]
  /// The largest distance from the lane's middle at the beginning, in metres.
  static let startOffset = 0.1
  /// The largest angle to the road at the beginning, in radians.
  static let startHeadingError = 5 * Double.pi / 180

  /// What was set.
  public let options: Options
  /// The roads that tasks number; those for training come first.
  public let roads: [Road]
  private let trainingRoads: Int
  private let testRoads: Range<Int>

  /// The environment with the given options.
  public init(_ options: Options = Options()) {
    self.options = options
    let training = options.track.roads(of: .train)
    // Only random roads are kept apart; a named one is the same for training and test.
    let test = options.track == .random ? options.track.roads(of: .test) : []
    roads = training + test
    trainingRoads = training.count
    testRoads = test.isEmpty ? 0..<training.count : training.count..<roads.count
  }

  /// Distance from the lane's middle (m), angle to the road and of the wheel (rad), and the middle of
  /// the lane 0.4, 0.8 and 1.6 m on along the road, in metres ahead and to the left.
  public var observationSpace: BoxSpace {
    let high: [Float] = [1, .pi, 1] + Array(repeating: 4, count: 2 * Self.previews.count)
    return BoxSpace(low: high.map { -$0 }, high: high)
  }
  /// The steering angle as a share of the largest one, positive to the left.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  /// Metres that the vehicle has got on along the road.
  public var counterNames: [String] { ["metres"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// Names of the task’s numbers.
  public var taskParameterNames: [String] {
    ["road", "wheelbase", "speed", "steeringGain", "steeringBias"]
  }

  /// A road of the split, and a vehicle where they vary, whichever the split: the streams differ.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    let choices = split == .train ? 0..<trainingRoads : testRoads
    let road = choices.count == 1 ? 0 : random.integer(below: choices.count)
    var task = Task(road: UInt8(choices.lowerBound + road))
    task.vehicle.speed = options.speed
    if options.vehicles == .varied {
      task.vehicle.wheelbase = random.uniformDouble(0.4, 0.6)
      task.vehicle.speed = random.uniformDouble(1.5, 2.5)
      task.vehicle.steeringGain = random.uniformDouble(0.75, 1.25)
      task.vehicle.steeringBias = random.uniformDouble(-3, 3) * .pi / 180
    }
    return task
  }

  /// The road of `task`.
  public func road(of task: Task) -> Road { roads[Int(task.road) % roads.count] }

  /// Near the middle of the lane, nearly along it, with the wheel straight.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    let road = road(of: task)
    let station = options.startsAnywhere ? random.uniformDouble(0, road.length) : 0
    let offset = random.uniformDouble(-Self.startOffset, Self.startOffset)
    let error = random.uniformDouble(-Self.startHeadingError, Self.startHeadingError)
    let frame = road.frame(at: station)
    let pose = Pose(
      position: frame.point(offset: Self.markings.laneOffset + offset),
      heading: frame.heading + error)
    return State(
      pose: pose, steering: 0, station: station, offset: offset, headingError: error)
  }

  /// Shows errors, wheel and the lane ahead.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = Float(state.offset)
    observation[1] = Float(state.headingError)
    observation[2] = Float(state.steering)
    let road = road(of: task)
    let back = Plane.direction(-state.pose.heading)
    for (index, preview) in Self.previews.enumerated() {
      let frame = road.frame(at: state.station + preview)
      let lane = frame.point(offset: Self.markings.laneOffset)
      let seen = Plane.rotate(lane - state.pose.position, by: back)
      observation[3 + 2 * index] = Float(seen.x)
      observation[4 + 2 * index] = Float(seen.y)
    }
  }

  /// Steers and drives on.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let command = Vehicle.steeringLimit * min(1, max(-1, Double(action[0])))
    outcome.executedAction[0] = Float(command)
    let road = road(of: task)
    state.steering = task.vehicle.steering(
      after: Self.timeStep, from: state.steering, command: command)
    state.pose = task.vehicle.pose(
      after: Self.timeStep, from: state.pose, steering: state.steering)
    let place = road.position(
      of: state.pose.position, near: state.station + task.vehicle.speed * Self.timeStep)
    let way = place.station - state.station
    // The start of the road may be passed in either direction.
    outcome.counters[0] += Float(max(0, way - road.length * (way / road.length).rounded()))
    state.station = place.station
    state.offset = place.offset - Self.markings.laneOffset
    let error = state.pose.heading - place.heading
    state.headingError = error - 2 * .pi * (error / (2 * .pi)).rounded()
    outcome.reward = Float(Self.reward(offset: state.offset, headingError: state.headingError))
    if abs(state.offset) > Self.markings.laneWidth / 2 { outcome.end = .terminated }
  }

  /// The reward at `offset` metres from the lane's middle and an angle of `headingError` radians.
  static func reward(offset: Double, headingError: Double) -> Double {
    let degrees = headingError * 180 / .pi
    return exp(-0.03 * degrees * degrees - 70 * offset * offset)
  }

  /// Number of the road, wheelbase, speed, steering gain and bias.
  public func parameters(of task: Task) -> [Float] {
    let vehicle = task.vehicle
    return [
      Float(task.road), Float(vehicle.wheelbase), Float(vehicle.speed),
      Float(vehicle.steeringGain), Float(vehicle.steeringBias),
    ]
  }

  /// What lies at `point` of the plane, in metres: what a camera sees there.
  public func surface(at point: SIMD2<Double>, of task: Task) -> RoadSurface {
    Self.markings.surface(at: point, beside: road(of: task)).surface
  }
}
