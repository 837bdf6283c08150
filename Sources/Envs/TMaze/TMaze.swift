import Configuration
import Tensor

/// Remember a sign along a corridor and turn as it said: the T-Maze.
///
///     cells 0 … L        a corridor; the sign is in cell 0, the junction is cell L
///     goal cells         above and below the junction, both final; one of them is the goal
///
/// The observation is one of four, as a single 1: *up* or *down*, the sign, which says where the goal is
/// and is seen in cell 0 only; *corridor*; *junction*, also in the goal cells. An action moves right,
/// up, left or down, and is fed back as a single 1, the way it was chosen.
///
/// | | reward |
/// | --- | --- |
/// | a move | 0 |
/// | into a wall: left in cell 0, right at the junction, up or down elsewhere | −0.1 |
/// | the goal | 4 |
/// | the other goal cell | −0.1 |
///
/// With noise λ, a step in front of the junction moves as a uniformly drawn action instead with
/// probability λ; its reward stays that of the chosen one. An episode is truncated after 3L − 1 steps.
///
/// The best return is 4 after L + 1 steps. Without memory the goal is a coin flip: at most 1.95 on
/// average.
///
/// Source: B. Bakker, "Reinforcement learning with long short-term memory", NIPS 2001, in the form of
/// G. Lambrechts et al., "Warming up recurrent neural networks to maximise reachable multistability
/// greatly improves learning", Neural Networks, 2023, arXiv 2106.01001.
public struct TMaze: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Steps from the sign to the junction, L.
    public var length = 10
    /// λ
    public var noise: Float = 0
    /// Steps after which an episode is cut; 0 for 3 `length` − 1.
    public var horizon = 0

    /// The shortest maze of the study, without noise.
    public init() {}

    /// A maze of the given length.
    public init(length: Int, noise: Float = 0) {
      self.length = length
      self.noise = noise
    }

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer("length", \.length, in: 1...1_000_000, "Steps from the sign to the junction, L."),
        .number(
          "noise", \.noise, in: 0...1,
          "Probability λ that a step moves as a random action in the corridor."),
        .integer(
          "horizon", \.horizon, in: 0...100_000_000,
          "Steps after which an episode is truncated; 0 for 3 length − 1."),
      ]
    }
  }

  /// Where the goal is.
  public enum Task: Int, Codable, Sendable {
    /// In the goal cell above the junction.
    case up = 1
    /// In the goal cell below the junction.
    case down = -1
  }

  /// Where the mover is.
  public struct State: Codable, Sendable, Equatable {
    /// The cell of the corridor, from 0 to L.
    public var cell: Int
    /// 1 in the goal cell above the junction, −1 in the one below, 0 in the corridor.
    public var side: Int
    /// Whether every step so far went right, as it was chosen.
    public var isDirect: Bool

    /// A state.
    public init(cell: Int = 0, side: Int = 0, isDirect: Bool = true) {
      self.cell = cell
      self.side = side
      self.isDirect = isDirect
    }
  }

  /// Places of the single 1 in an observation.
  public enum Sight: Int, Sendable {
    /// The sign, which says that the goal is above the junction.
    case up
    /// The sign, which says that the goal is below the junction.
    case down
    /// A cell between the sign and the junction.
    case corridor
    /// The junction, or a goal cell.
    case junction

    /// How many there are.
    public static let count = 4
  }

  /// Numbers of the actions.
  public enum Move: Int, Sendable {
    /// Towards the junction.
    case right
    /// From the junction into the goal cell above.
    case up
    /// Towards the sign.
    case left
    /// From the junction into the goal cell below.
    case down

    /// How many there are.
    public static let count = 4
  }

  /// The reward for the goal.
  public static let goalReward: Float = 4
  /// The reward for walking into a wall or into the wrong goal cell.
  public static let bumpReward: Float = -0.1

  /// What was set.
  public let options: Options

  /// The maze with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// One of the four sights, as a single 1.
  public var observationSpace: BoxSpace { BoxSpace(count: Sight.count, in: 0...1) }
  /// One of the four moves.
  public var actionSpace: ActionSpace { .discrete(Move.count) }
  /// The chosen move, as a single 1.
  public var executedActionSize: Int { Move.count }
  /// Goals reached, and goals reached in L + 1 steps without a bump.
  public var counterNames: [String] { ["goals", "optimal"] }
  /// The time limit.
  public var horizon: Int? { options.horizon > 0 ? options.horizon : 3 * options.length - 1 }
  /// Names of the task’s numbers.
  public var taskParameterNames: [String] { ["goal"] }

  /// Up or down with probability 1/2, whichever the split: the streams differ.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    random.integer(below: 2) == 0 ? .up : .down
  }

  /// The cell with the sign.
  public func initialState(of task: Task, using random: inout RandomStream) -> State { State() }

  /// Shows what is seen in the present cell.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    let sight: Sight =
      switch state.cell {
      case options.length: .junction
      case 0: task == .up ? .up : .down
      default: .corridor
      }
    observation.update(repeating: 0)
    observation[sight.rawValue] = 1
  }

  /// Pays for the chosen move and carries it out, or another one where there is noise.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    guard let chosen = Move(rawValue: Int(action[0])) else {
      preconditionFailure("a T-Maze has the actions 0 to 3, not \(action[0])")
    }
    outcome.executedAction.update(repeating: 0)
    outcome.executedAction[chosen.rawValue] = 1
    if state.cell == options.length {
      leaveJunction(&state, of: task, by: chosen, outcome: &outcome)
    } else {
      let isMove = chosen == .right || (chosen == .left && state.cell > 0)
      outcome.reward = isMove ? 0 : Self.bumpReward
      var move = chosen
      if options.noise > 0, random.uniform() < options.noise {
        move = Move(rawValue: random.integer(below: Move.count)) ?? chosen
      }
      if move == .right { state.cell += 1 }
      if move == .left { state.cell = max(0, state.cell - 1) }
      state.isDirect = state.isDirect && chosen == .right && move == .right
    }
  }

  private func leaveJunction(
    _ state: inout State, of task: Task, by move: Move, outcome: inout StepOutcome
  ) {
    switch move {
    case .right:
      outcome.reward = Self.bumpReward
      state.isDirect = false
    case .left:
      state.cell -= 1
      state.isDirect = false
    case .up, .down:
      state.side = move == .up ? 1 : -1
      outcome.end = .terminated
      outcome.reward = Self.bumpReward
      if state.side == task.rawValue {
        outcome.reward = Self.goalReward
        outcome.counters[0] += 1
        if state.isDirect { outcome.counters[1] += 1 }
      }
    }
  }

  /// 1 where the goal is above, −1 where it is below.
  public func parameters(of task: Task) -> [Float] { [Float(task.rawValue)] }
}
