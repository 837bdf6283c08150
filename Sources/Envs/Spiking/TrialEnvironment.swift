import Configuration
import Tensor

/// What the demonstrations with trials have in common: inputs show a ``SpikePattern`` in a trial and the
/// background otherwise, actions are the rates of control neurons.
public protocol TrialEnvironment: Environment where State: TrialState, Task: PatternTask {
  /// What was set.
  var options: TrialOptions { get }
}

/// The state of a ``TrialEnvironment``.
public protocol TrialState {
  /// The course of the trials.
  var cycle: TrialCycle { get }
  /// Waiting.
  init(cycle: TrialCycle)
}

/// The task of a ``TrialEnvironment``.
public protocol PatternTask {
  /// The rates of the inputs in a trial, in Hz.
  var pattern: [Float] { get }
}

/// What a ``TrialEnvironment`` can set.
public struct TrialOptions: Configurable {
  /// Input neurons.
  public var inputs = 50
  /// Control neurons.
  public var controls = 20
  /// Steps of an episode.
  public var horizon = 40_000

  /// The published demonstrations, in episodes of ten minutes.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("inputs", \.inputs, in: 1...100_000, "Input neurons."),
      .integer("controls", \.controls, in: 2...100_000, "Control neurons."),
      .integer("horizon", \.horizon, in: 1...100_000_000, "Steps of an episode, 15 ms each."),
    ]
  }
}

extension TrialEnvironment {
  /// Rates of the inputs in Hz.
  public var observationSpace: BoxSpace {
    BoxSpace(count: options.inputs, in: 0...SpikePattern.highest)
  }
  /// Rates of the control neurons in Hz; negative ones count as 0.
  public var actionSpace: ActionSpace {
    .continuous(BoxSpace(count: options.controls, in: 0...100))
  }
  /// Trials that ended, and those that were won.
  public var counterNames: [String] { ["trials", "successes"] }
  /// The time limit.
  public var horizon: Int? { options.horizon }
  /// 15 ms.
  public var stepDuration: Double? { Double(TrialCycle.stepMilliseconds) * 1e-3 }

  /// Waiting.
  public func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(cycle: TrialCycle(using: &random))
  }

  /// Shows the rates.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) { SpikePattern.show(state.cycle.phase == .trial ? task.pattern : nil, in: observation) }
}
