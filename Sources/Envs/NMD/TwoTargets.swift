import Configuration
import Tensor

/// Benchmark 3 of the neuromodulation paper: two targets, one of which is bad, and nothing but the
/// reward says which.
///
/// The mover lives in the ``WrappedPlane``. A step that begins within 0.4 of a target, of the nearer
/// one where it is within both, gives 100 or −50 and teleports the mover farther than 0.6 from both;
/// any other step adds `0.25·(cos a, sin a)` and gives 0.
///
/// The observation holds the plain differences `target − position` of the first and the second
/// target; which of them is good is drawn with the task.
///
/// Source: N. Vecoven et al., PLOS ONE 15(1): e0227922, 2020, benchmark 3.
public struct TwoTargets: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 5000

    /// The paper's values.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [.integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode.")]
    }
  }

  /// The targets in the order in which they are observed.
  public struct Task: Codable, Sendable, Equatable {
    /// The centre that is observed first, in `[-1, 1]²`.
    public var first: SIMD2<Float>
    /// The centre that is observed second, in `[-1, 1]²`.
    public var second: SIMD2<Float>
    /// Whether the first target is the good one, the paper's α₅.
    public var firstIsGood: Bool

    /// A task.
    public init(first: SIMD2<Float>, second: SIMD2<Float>, firstIsGood: Bool) {
      self.first = first
      self.second = second
      self.firstIsGood = firstIsGood
    }

    /// The centre of the target that pays.
    public var good: SIMD2<Float> { firstIsGood ? first : second }
    /// The centre of the target that costs.
    public var bad: SIMD2<Float> { firstIsGood ? second : first }
  }

  /// Where the mover is.
  public struct State: Codable, Sendable, Equatable {
    /// A point of the plane.
    public var position: SIMD2<Float>

    /// A state.
    public init(position: SIMD2<Float>) { self.position = position }
  }

  /// The reward for the good target.
  public static let goodReward: Float = 100
  /// The reward for the bad target.
  public static let badReward: Float = -50

  /// What was set.
  public let options: Options

  /// The benchmark with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// The differences from the mover to both targets.
  public var observationSpace: BoxSpace { BoxSpace(count: 4, in: -3...3) }
  /// The heading divided by π; beyond ±1 it goes round.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  /// Steps that began on the good and on the bad target.
  public var counterNames: [String] { ["goodTouches", "badTouches"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// Names of the task’s numbers.
  public var taskParameterNames: [String] {
    ["firstX", "firstY", "secondX", "secondY", "firstIsGood"]
  }
  /// What can be changed in the middle of an episode.
  public var taskEdits: [String] { ["swapTargets"] }

  /// Both targets are uniform and either is good with probability 1/2, whichever the split: the
  /// streams differ.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(
      first: WrappedPlane.sampleTarget(using: &random),
      second: WrappedPlane.sampleTarget(using: &random),
      firstIsGood: random.uniform() < 0.5)
  }

  /// The mover at a teleport’s distance from both targets.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(position: Self.teleport(awayFrom: task, using: &random))
  }

  /// Shows both differences `target − position`.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    let toFirst = task.first - state.position
    let toSecond = task.second - state.position
    observation[0] = toFirst.x
    observation[1] = toFirst.y
    observation[2] = toSecond.x
    observation[3] = toSecond.y
  }

  /// Pays for a target or moves.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let heading = WrappedPlane.heading(ofAction: action[0])
    outcome.executedAction[0] = heading
    let toGood = WrappedPlane.distance(state.position, task.good)
    let toBad = WrappedPlane.distance(state.position, task.bad)
    if min(toGood, toBad) <= WrappedPlane.targetRadius {
      let isGood = toGood <= toBad
      outcome.reward = isGood ? Self.goodReward : Self.badReward
      outcome.counters[isGood ? 0 : 1] += 1
      state.position = Self.teleport(awayFrom: task, using: &random)
    } else {
      state.position = WrappedPlane.wrap(
        state.position + WrappedPlane.displacement(heading: heading))
    }
  }

  /// Both centres, and 1 where the first target is the good one.
  public func parameters(of task: Task) -> [Float] {
    [task.first.x, task.first.y, task.second.x, task.second.y, task.firstIsGood ? 1 : 0]
  }

  /// `swapTargets` makes the good target bad and the bad one good; what is observed stays.
  public func edit(
    _ name: String, task: inout Task, state: inout State, using random: inout RandomStream
  ) {
    task.firstIsGood.toggle()
  }

  /// A point far enough from both targets.
  static func teleport(awayFrom task: Task, using random: inout RandomStream) -> SIMD2<Float> {
    WrappedPlane.teleport(using: &random) {
      WrappedPlane.distance($0, task.first) > WrappedPlane.teleportDistance
        && WrappedPlane.distance($0, task.second) > WrappedPlane.teleportDistance
    }
  }
}
