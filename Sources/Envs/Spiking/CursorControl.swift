import Configuration
import Tensor

/// Move a cursor from the centre to a target by the firing rates of neurons: a brain–machine interface.
///
/// Every step of 15 ms moves the cursor `c` by the rates of the control neurons (Hz), which are the
/// action:
///
///     c ← 0.95 c + 0.05 M rates
///
/// M has two rows of normal numbers, each brought to mean 0 and deviation 1: the task. A trial begins at
/// the centre, is won where the cursor stays within 10 of (20, 20) for 0.1 s, and lost after 10 s. A
/// won trial is followed by 0.3 s with reward 1, and every trial by 0.5 to 1 s of waiting. Inputs show a
/// ``SpikePattern`` during a trial and the background otherwise; what they show is our choice.
///
/// Source: the centre-out demonstration of synaptic sampling, as Kaiser et al. 2019, arXiv:2003.01431,
/// build on it.
public struct CursorControl: TrialEnvironment {
  /// The pattern and the matrix M, row after row.
  public struct Task: PatternTask, Codable, Sendable, Equatable {
    /// The rates of the inputs in a trial, in Hz.
    public internal(set) var pattern: [Float]
    var matrix: [Float]
  }

  /// The course of the trials and the cursor.
  public struct State: TrialState, Codable, Sendable {
    /// The course of the trials.
    public internal(set) var cycle: TrialCycle
    /// Where the cursor is.
    public internal(set) var cursor = SIMD2<Float>(0, 0)
    /// Steps that the cursor has been in the target.
    var held = 0

    /// The beginning, in the given course of trials.
    public init(cycle: TrialCycle) { self.cycle = cycle }
  }

  /// The middle of the target.
  public static let target = SIMD2<Float>(20, 20)
  /// Its radius.
  public static let targetRadius: Float = 10
  private static let holdSteps = TrialCycle.steps(of: 0.1)

  /// What was set.
  public let options: TrialOptions

  /// The environment with the given options.
  public init(_ options: TrialOptions = TrialOptions()) { self.options = options }

  /// The numbers of M.
  public var taskParameterNames: [String] {
    ["x", "y"].flatMap { axis in (0..<options.controls).map { "\(axis)\($0)" } }
  }

  /// A pattern and a matrix.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    let pattern = SpikePattern.draw(neurons: options.inputs, using: &random)
    var matrix: [Float] = []
    for _ in 0..<2 {
      let row = (0..<options.controls).map { _ in random.normal() }
      let count = Float(row.count)
      let mean = row.reduce(0, +) / count
      let deviation = (row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
      matrix += row.map { ($0 - mean) / deviation }
    }
    return Task(pattern: pattern, matrix: matrix)
  }

  /// Moves the cursor.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    var drive = SIMD2<Float>(0, 0)
    for (index, value) in action.enumerated() {
      let rate = max(0, value)
      outcome.executedAction[index] = rate
      drive += rate * SIMD2(task.matrix[index], task.matrix[action.count + index])
    }
    state.cursor = 0.95 * state.cursor + 0.05 * drive
    outcome.reward = state.cycle.phase == .reward ? 1 : 0
    let offset = state.cursor - Self.target
    let isInside = (offset * offset).sum() <= Self.targetRadius * Self.targetRadius
    state.held = state.cycle.phase == .trial && isInside ? state.held + 1 : 0
    let wasTrial = state.cycle.phase == .trial
    let next = state.cycle.advance(succeeded: state.held >= Self.holdSteps, using: &random)
    if wasTrial, next != nil { outcome.counters[0] += 1 }
    if next == .reward { outcome.counters[1] += 1 }
    if next == .trial { (state.cursor, state.held) = (SIMD2(0, 0), 0) }
  }

  /// The numbers of M.
  public func parameters(of task: Task) -> [Float] { task.matrix }
}

/// Knows M: rates above and below 20 Hz whose sum points at the target.
struct CursorOracle: ScriptedPolicy {
  private var matrix: [Float] = []

  mutating func begin(taskParameters: [Float]) { matrix = taskParameters }

  func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    // Rates 20 + Mᵀ c move the cursor to M Mᵀ c, as rows have mean 0. Rows have the squared length of their
    // number of columns, so that for equal coordinates of the target both of c are equal.
    let product = zip(matrix, matrix.dropFirst(action.count)).reduce(0) { $0 + $1.0 * $1.1 }
    let scale = CursorControl.target / (Float(action.count) + product)
    for index in action.indices {
      let column = SIMD2(matrix[index], matrix[action.count + index])
      action[index] = max(0, 20 + (scale * column).sum())
    }
  }
}

extension CursorControl {
  /// The rows to compare with.
  public static var referenceRows: [ScriptedRow] {
    [
      ScriptedRow(
        name: "oracle", role: .oracle, summary: "Knows the matrix and aims at the target."
      ) { CursorOracle() }
    ]
  }
}
