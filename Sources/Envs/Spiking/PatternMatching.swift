import Configuration
import Glibc
import Tensor

/// Tell patterns of input rates apart: each is to excite its own group of outputs.
///
/// A pattern and the background take turns, each for U(0.5, 1) s. The observation is the rates of the
/// inputs in Hz, the action the number of spikes of each output in the 15 ms of a step; output i belongs
/// to group i mod groups. With the rates of the groups over the last 0.5 s of the phase,
///
///     reward = sigmoid(0.2 (rate of the right group − highest other rate − 25 Hz))
///
/// while a pattern is shown and its group has the highest rate, else 0. The task is the patterns, drawn
/// by ``SpikePattern``.
///
/// Source: the pattern matching demonstration of synaptic sampling, as Kaiser et al. 2019,
/// arXiv:2003.01431, build on it. That the rate of a group is the sum over its neurons is our reading.
public struct PatternMatching: Environment {
  /// What can be set.
  public struct Options: Configurable {
    /// Input neurons.
    public var inputs = 50
    /// Output neurons.
    public var outputs = 20
    /// Patterns, and groups of outputs.
    public var groups = 2
    /// Steps of an episode.
    public var horizon = 40_000

    /// The published demonstration, in episodes of ten minutes.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .integer("inputs", \.inputs, in: 1...100_000, "Input neurons."),
        .integer("outputs", \.outputs, in: 2...100_000, "Output neurons."),
        .integer("groups", \.groups, in: 2...1000, "Patterns, and groups of output neurons."),
        .integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode, 15 ms each."),
      ]
    }

    /// A group needs a neuron.
    public func validate(at path: JSONPath) throws {
      guard groups <= outputs else {
        throw ConfigurationError(
          path.appending("groups"), "\(groups) groups are more than the outputs",
          remedy: "Use at most \(outputs).")
      }
    }
  }

  /// The rates of each pattern in Hz.
  public struct Task: Codable, Sendable, Equatable {
    /// One list of rates for each group.
    public var patterns: [[Float]]
  }

  /// What is shown, and what the outputs did in the window.
  public struct State: Codable, Sendable {
    /// The pattern shown, nil for the background.
    public internal(set) var pattern: Int?
    /// Steps that are left of the phase.
    var remaining: Int
    /// Spikes of each group in the last steps, `window` rows.
    var spikes: [Float]
    /// Their sums over the window.
    var sums: [Float]
    /// The row that is replaced next.
    var oldest = 0
  }

  /// Milliseconds of a step.
  static let stepMilliseconds = 15
  /// Steps in which spikes are counted: 0.5 s.
  static let window = 33
  /// The most spikes of an output in a step that its action space has.
  static let mostSpikes = Float(stepMilliseconds)
  static let windowSeconds = Float(window * stepMilliseconds) * 1e-3

  /// What was set.
  public let options: Options

  /// The environment with the given options.
  public init(_ options: Options = Options()) { self.options = options }

  /// Rates of the inputs in Hz.
  public var observationSpace: BoxSpace {
    BoxSpace(count: options.inputs, in: 0...SpikePattern.highest)
  }
  /// Spikes of each output in the step.
  public var actionSpace: ActionSpace {
    .continuous(BoxSpace(count: options.outputs, in: 0...Self.mostSpikes))
  }
  /// Steps in which a pattern was shown, and those in which its group had the highest rate.
  public var counterNames: [String] { ["patternSteps", "rightSteps"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// 15 ms.
  public var stepDuration: Double? { Double(Self.stepMilliseconds) * 1e-3 }

  /// Patterns for all groups.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(
      patterns: (0..<options.groups).map { _ in
        SpikePattern.draw(neurons: options.inputs, using: &random)
      })
  }

  /// The background, before the first pattern.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(
      pattern: nil, remaining: Self.phase(using: &random),
      spikes: Array(repeating: 0, count: Self.window * options.groups),
      sums: Array(repeating: 0, count: options.groups))
  }

  /// The background, in the memory of the last episode.
  public func restart(_ state: inout State, of task: Task, using random: inout RandomStream) {
    state.pattern = nil
    state.remaining = Self.phase(using: &random)
    clear(&state)
  }

  /// Steps of a phase: 0.5 to 1 s.
  private static func phase(using random: inout RandomStream) -> Int {
    Int((random.uniformDouble(500, 1000) / Double(stepMilliseconds)).rounded())
  }

  private func clear(_ state: inout State) {
    for index in state.spikes.indices { state.spikes[index] = 0 }
    for index in state.sums.indices { state.sums[index] = 0 }
  }

  /// Shows the rates.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    SpikePattern.show(state.pattern.map { task.patterns[$0] }, in: observation)
  }

  /// Counts the spikes, rewards, and goes on to the next phase in time.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let groups = options.groups
    let row = state.oldest * groups
    for group in 0..<groups {
      state.sums[group] -= state.spikes[row + group]
      state.spikes[row + group] = 0
    }
    for (output, count) in action.enumerated() {
      let executed = max(0, count.rounded())
      outcome.executedAction[output] = executed
      state.spikes[row + output % groups] += executed
      state.sums[output % groups] += executed
    }
    state.oldest = (state.oldest + 1) % Self.window
    if let pattern = state.pattern {
      outcome.counters[0] += 1
      let lead = lead(of: pattern, in: state)
      if lead > 0 {
        outcome.counters[1] += 1
        outcome.reward = 1 / (1 + exp(-0.2 * (lead - 25)))
      }
    }
    state.remaining -= 1
    if state.remaining == 0 {
      state.pattern = state.pattern == nil ? random.integer(below: groups) : nil
      state.remaining = Self.phase(using: &random)
      clear(&state)
    }
  }

  /// By how many Hz a group's rate exceeds that of the best other one.
  private func lead(of group: Int, in state: State) -> Float {
    var best: Float = 0
    for other in state.sums.indices where other != group { best = max(best, state.sums[other]) }
    return (state.sums[group] - best) / Self.windowSeconds
  }
}
