import Tensor

/// Finds out whether an environment keeps the promises that agents and experiments rely on.
///
/// ```swift
/// for finding in EnvironmentChecker(factory).run() where !finding.passed { print(finding) }
/// ```
public struct EnvironmentChecker: Sendable {
  /// The result of one check.
  public struct Finding: Sendable, Equatable, CustomStringConvertible {
    /// What was checked.
    public let check: String
    /// Whether it holds.
    public let passed: Bool
    /// What was seen; where the check failed, also what to do.
    public let message: String

    /// One line for a person.
    public var description: String { "\(passed ? "ok    " : "FAILED") \(check): \(message)" }
  }

  let factory: EnvironmentFactory
  /// Steps of each trajectory.
  let steps: Int
  let key: RandomKey
  let rows = 4

  /// A checker for the environments that `factory` makes, with trajectories of `steps` steps.
  public init(_ factory: EnvironmentFactory, steps: Int = 3000, seed: UInt64 = 0) {
    precondition(steps > 0, "a check needs at least one step")
    self.factory = factory
    self.steps = steps
    key = RandomKey(seed: seed)
  }

  /// Runs all checks, or only that of the specification where it fails: without it no batch can be made,
  /// or its arrays would be read beyond their ends.
  public func run() -> [Finding] {
    let specification = checkSpecification()
    guard specification.passed else { return [specification] }
    return [
      specification, checkNumbers(), checkSameSeed(), checkOtherSeed(),
      checkRowsAreIndependent(), checkStoredState(), checkEnds(), checkAutoresetOff(),
      checkTaskWithinTrial(),
      checkCounters(), checkExecutedActions(), checkEdits(), checkEmptyBatch(), checkScene(),
    ]
  }

  var specification: EnvironmentSpecification { factory.specification }

  func makeBatch(count: Int? = nil, firstRow: Int = 0, key: RandomKey? = nil)
    -> any VectorEnvironment
  {
    factory.makeBatch(count: count ?? rows, firstRow: firstRow, key: key ?? self.key)
  }

  /// A finding; `problem` says what is wrong, nil that all is well.
  func finding(_ check: String, _ success: String, problem: String?) -> Finding {
    Finding(check: check, passed: problem == nil, message: problem ?? success)
  }

  /// Steps through `body`, which returns a problem or nil, until the first problem.
  func firstProblem(steps: Int, _ body: (Int) -> String?) -> String? {
    for step in 0..<steps {
      if let problem = body(step) { return problem }
    }
    return nil
  }
}

/// Random actions for rows of a batch; the same for the same row and step, however they are batched.
struct RandomActions {
  private var policy: RandomPolicy
  private var streams: [RandomStream]
  private let size: Int
  /// `[rows × action]`: the present actions.
  private(set) var values: [Float]

  init(space: ActionSpace, rows: Range<Int>, key: RandomKey) {
    policy = RandomPolicy(space: space)
    size = space.count
    streams = rows.map { (key / "actions" / $0).stream() }
    values = Array(repeating: 0, count: rows.count * size)
  }

  /// Draws the next actions.
  mutating func advance() {
    let nothing = UnsafeBufferPointer<Float>(start: nil, count: 0)
    let size = size
    for row in streams.indices {
      values.withUnsafeMutableBufferPointer {
        policy.act(
          observation: nothing, reward: 0,
          into: UnsafeMutableBufferPointer(rebasing: $0[row * size..<(row + 1) * size]),
          using: &streams[row])
      }
    }
  }
}
