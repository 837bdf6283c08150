import Configuration
import Envs
import MetaRLTesting
import Synchronization
import Tensor
import Testing

/// Guess a hidden number; broken where it is told to be.
private struct Guess: Environment {
  enum Flaw: Sendable {
    case none, notFinite, hiddenRandomness, outsideSpace
  }

  struct State: Codable, Sendable { var last: Float = 0 }

  static let calls = Atomic<Int>(0)

  var flaw = Flaw.none
  var observationSpace: BoxSpace { BoxSpace(count: 1, in: -1...1) }
  var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  var horizon: Int? { 25 }
  var taskParameterNames: [String] { ["number"] }

  func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Float {
    random.uniform(-1, 1)
  }

  func initialState(of task: Float, using random: inout RandomStream) -> State {
    State(last: random.uniform(-1, 1))
  }

  func observe(
    _ state: State, of task: Float, into observation: UnsafeMutableBufferPointer<Float>
  ) { observation[0] = flaw == .outsideSpace ? 3 * state.last : state.last }

  func step(
    _ state: inout State, of task: inout Float, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let guess = min(max(action[0], -1), 1)
    outcome.executedAction[0] = guess
    outcome.reward = -abs(guess - task)
    state.last = guess
    if flaw == .notFinite && guess > 0.9 { outcome.reward = 1 / 0 }
    if flaw == .hiddenRandomness {
      outcome.reward -= Float(Self.calls.add(1, ordering: .relaxed).newValue % 7)
    }
  }

  func parameters(of task: Float) -> [Float] { [task] }
}

@Suite struct CheckEnvironmentTests {
  @Test func goodEnvironmentsPass() throws {
    let report = try checkEnvironment(Guess(), steps: 300)
    #expect(report.passed && report.findings.count >= 20)
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(
      .string("nmd-benchmark3"), at: .root)
    try checkEnvironment(factory, steps: 300, seeds: [4])
  }

  @Test(arguments: [
    (Guess.Flaw.notFinite, "numbers"), (.outsideSpace, "numbers"),
    (.hiddenRandomness, "same seed"),
  ])
  private func flawsAreFound(_ flaw: Guess.Flaw, _ check: String) {
    let error = #expect(throws: ConformanceError.self) {
      try checkEnvironment(Guess(flaw: flaw), steps: 300)
    }
    #expect(error?.failures.contains { $0.check.hasPrefix(check) } == true, "\(error as Any)")
    #expect(error?.description.hasPrefix("environment Guess\n") == true)
  }
}
