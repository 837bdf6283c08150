import Configuration
import Tensor

/// Push a lever down and then up by the firing rates of two groups of neurons.
///
/// Every step of 15 ms moves the lever `l` by the rates (Hz) of the first half of the control neurons,
/// which push up, and of the second half, which push down:
///
///     l ← 0.95 l + 0.05 (Σ up − Σ down)
///
/// A trial begins at 0 and is won where the lever crosses −15 and after that +15. Trials, reward and
/// inputs are those of ``CursorControl``.
///
/// Source: the lever demonstration of synaptic sampling (Kappel et al. 2018, eNeuro 5(2)), as Kaiser et
/// al. 2019, arXiv:2003.01431, build on it. The equation of the lever is that of the cursor with weights
/// ±1, our choice.
public struct LeverPress: TrialEnvironment {
  /// The pattern.
  public struct Task: PatternTask, Codable, Sendable, Equatable {
    /// The rates of the inputs in a trial, in Hz.
    public internal(set) var pattern: [Float]
  }

  /// The course of the trials and the lever.
  public struct State: TrialState, Codable, Sendable {
    /// The course of the trials.
    public internal(set) var cycle: TrialCycle
    /// Where the lever is.
    public internal(set) var lever: Float = 0
    /// Whether it has been below −15 in this trial.
    public internal(set) var wasDown = false

    /// The beginning, in the given course of trials.
    public init(cycle: TrialCycle) { self.cycle = cycle }
  }

  /// How far the lever must go.
  public static let stroke: Float = 15

  /// What was set.
  public let options: TrialOptions

  /// The environment with the given options.
  public init(_ options: TrialOptions = TrialOptions()) { self.options = options }

  /// A pattern.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(pattern: SpikePattern.draw(neurons: options.inputs, using: &random))
  }

  /// Moves the lever.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    var drive: Float = 0
    for (index, value) in action.enumerated() {
      let rate = max(0, value)
      outcome.executedAction[index] = rate
      drive += index < action.count / 2 ? rate : -rate
    }
    state.lever = 0.95 * state.lever + 0.05 * drive
    outcome.reward = state.cycle.phase == .reward ? 1 : 0
    let isTrial = state.cycle.phase == .trial
    if isTrial, state.lever < -Self.stroke { state.wasDown = true }
    let succeeded = isTrial && state.wasDown && state.lever > Self.stroke
    let next = state.cycle.advance(succeeded: succeeded, using: &random)
    if isTrial, next != nil { outcome.counters[0] += 1 }
    if next == .reward { outcome.counters[1] += 1 }
    if next == .trial { (state.lever, state.wasDown) = (0, false) }
  }
}

/// Pushes down for half a second and then up, and so on.
struct LeverOracle: ScriptedPolicy {
  private static let halfPeriod = 34
  private var steps = 0

  mutating func begin(taskParameters: [Float]) { steps = 0 }

  mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    let pushesUp = steps / Self.halfPeriod % 2 == 1
    for index in action.indices { action[index] = (index < action.count / 2) == pushesUp ? 20 : 0 }
    steps += 1
  }
}

extension LeverPress {
  /// The rows to compare with.
  public static var referenceRows: [ScriptedRow] {
    [
      ScriptedRow(
        name: "oracle", role: .oracle, summary: "Pushes down and up all the time, once a second."
      ) { LeverOracle() }
    ]
  }
}
