import Configuration
import Tensor

/// Benchmark 1 of the neuromodulation paper: point at a target that is off by a hidden bias.
///
///     α ~ U[-10, 10]             the task
///     x ~ U[-5, 5]               the observation
///     p = x − α                  the target
///     a = clip(5·action, ±20)    the executed action
///     δ = |a − p|
///     reward = 10 if δ < 1, and x is drawn anew; else max(−δ, −20), and x stays
///
/// Source: N. Vecoven et al., PLOS ONE 15(1): e0227922, 2020, benchmark 1. The released code has
/// `p = x + α`, the same by symmetry.
public struct BiasedTarget: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Steps of an episode.
    public var horizon = 1400
    /// Probability of a new α after each hit.
    public var goalRedrawProbability: Float = 0

    /// The paper's values.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode."),
        .number(
          "goalRedrawProbability", \.goalRedrawProbability, in: 0...1,
          "Probability that the hidden bias is drawn anew after a hit; 0 in the paper."),
      ]
    }
  }

  /// The hidden bias.
  public struct Task: Codable, Sendable, Equatable {
    /// What the target is shifted by, in -10…10.
    public var bias: Float

    /// A task.
    public init(bias: Float) { self.bias = bias }
  }

  /// What is shown.
  public struct State: Codable, Sendable, Equatable {
    /// The observed number, in -5…5.
    public var position: Float

    /// A state.
    public init(position: Float) { self.position = position }
  }

  /// How an action is scaled before it is clipped.
  public static let actionScale: Float = 5
  /// Executed actions and rewards are at least minus this, and actions at most this.
  public static let limit: Float = 20

  /// What was set.
  public let options: Options

  /// The benchmark with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// The number `x`.
  public var observationSpace: BoxSpace { BoxSpace(count: 1, in: -5...5) }
  /// One number; beyond ±4 it is clipped.
  public var actionSpace: ActionSpace {
    let bound = Self.limit / Self.actionScale
    return .continuous(BoxSpace(count: 1, in: -bound...bound))
  }
  /// Steps with δ < 1.
  public var counterNames: [String] { ["hits"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// Names of the task’s numbers.
  public var taskParameterNames: [String] { ["bias"] }
  /// What can be changed in the middle of an episode.
  public var taskEdits: [String] { ["redrawGoal"] }

  /// A bias uniform in -10…10, whichever the split: the streams differ.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(bias: random.uniform(-10, 10))
  }

  /// A fresh number `x`.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(position: random.uniform(-5, 5))
  }

  /// Shows `x`.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = state.position
  }

  /// Compares the action with the target.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let executed = min(Self.limit, max(-Self.limit, Self.actionScale * action[0]))
    outcome.executedAction[0] = executed
    let error = abs(executed - (state.position - task.bias))
    if error < 1 {
      outcome.reward = 10
      outcome.counters[0] += 1
      state.position = random.uniform(-5, 5)
      if options.goalRedrawProbability > 0, random.uniform() < options.goalRedrawProbability {
        task = sampleTask(from: .train, using: &random)
      }
    } else {
      outcome.reward = max(-error, -Self.limit)
    }
  }

  /// The bias.
  public func parameters(of task: Task) -> [Float] { [task.bias] }

  /// `redrawGoal` draws a new bias.
  public func edit(
    _ name: String, task: inout Task, state: inout State, using random: inout RandomStream
  ) {
    task = sampleTask(from: .train, using: &random)
  }
}
