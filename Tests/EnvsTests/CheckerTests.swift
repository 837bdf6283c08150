import Configuration
import Envs
import Synchronization
import Tensor
import Testing

/// A corridor that can be broken in one way at a time.
struct Corridor: Environment {
  enum Flaw: Sendable {
    case none, hiddenRandomness, forgottenState, outsideSpace, notFinite, truncatesItself
    case fixedSeed, fallingCounter, noTime, noChoice
  }

  struct Task: Codable, Sendable, Equatable {
    var exit: Float
  }

  struct State: Codable, Sendable {
    var position: Float = 0
    var forgotten: Float = 0

    private enum CodingKeys: String, CodingKey { case position }
  }

  static let calls = Atomic<Int>(0)

  var flaw = Flaw.none
  var limit = 40
  var observationSpace: BoxSpace { BoxSpace(count: 1, in: -10...10) }
  var actionSpace: ActionSpace {
    flaw == .noChoice ? .discrete(0) : .continuous(BoxSpace(count: 1, in: -1...1))
  }
  var counterNames: [String] { ["moves"] }
  var horizon: Int? { flaw == .noTime ? 0 : limit }
  var taskParameterNames: [String] { ["exit"] }
  var taskEdits: [String] { ["moveExit"] }

  func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Task {
    Task(exit: flaw == .fixedSeed ? 2 : random.uniform(1, 3))
  }

  func initialState(of task: Task, using random: inout RandomStream) -> State {
    State(position: flaw == .fixedSeed ? 0 : random.uniform(-0.5, 0.5))
  }

  func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = state.position * (flaw == .outsideSpace ? 20 : 1)
  }

  func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    let move = action[0]
    outcome.executedAction[0] = move
    if flaw != .fixedSeed { state.position += 0.1 * random.normal() }
    state.position += move
    state.forgotten += 0.01
    outcome.counters[0] += flaw == .fallingCounter ? move : 1
    outcome.reward = -abs(move)
    if flaw == .forgottenState { outcome.reward -= state.forgotten }
    if flaw == .hiddenRandomness {
      outcome.reward += Float(Self.calls.add(1, ordering: .relaxed).newValue)
    }
    if flaw == .notFinite && state.position > 2 { outcome.reward = .nan }
    if abs(state.position) > task.exit {
      outcome.end = flaw == .truncatesItself ? .truncated : .terminated
    }
  }

  func parameters(of task: Task) -> [Float] { [task.exit] }

  func edit(
    _ name: String, task: inout Task, state: inout State, using random: inout RandomStream
  ) {
    task.exit = random.uniform(1, 3)
  }
}

@Suite struct CheckerTests {
  @Test(arguments: Registry<EnvironmentFactory>.standard.entries.map(\.name), [0, UInt64.max])
  func standardEnvironmentsPass(_ name: String, seed: UInt64) throws {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root)
    for finding in EnvironmentChecker(factory, seed: seed).run() {
      #expect(finding.passed, "\(name): \(finding)")
    }
  }

  @Test(arguments: [
    #"{"name":"ball-reaching","goals":"drawn","showsGoal":false,"largestRotation":90,"horizon":50}"#,
    #"{"name":"arm-reaching","bodies":"varied","showsGoal":false,"episodesPerTrial":3,"horizon":40}"#,
    #"{"name":"arm-reaching","horizon":40,"tasks":{"train":3}}"#,
    #"{"name":"nmd-benchmark2","horizon":40,"tasks":{"train":3}}"#,
    #"{"name":"lane-following","track":"random","vehicles":"varied","episodesPerTrial":2}"#,
    #"{"name":"lane-following","track":"chicane","startsAnywhere":false}"#,
  ])
  func bodiesPassWithOtherOptions(_ options: String) throws {
    let json = try JSONValue(parsing: Array(options.utf8))
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(json, at: .root)
    for finding in EnvironmentChecker(factory).run() {
      #expect(finding.passed, "\(options): \(finding)")
    }
  }

  @Test(arguments: [1, 3]) func aGoodEnvironmentPasses(episodesPerTrial: Int) {
    let factory = EnvironmentFactory(
      name: "corridor", Corridor(), episodesPerTrial: episodesPerTrial)
    let findings = EnvironmentChecker(factory).run()
    for finding in findings { #expect(finding.passed, "\(finding)") }
    let trial = findings.first { $0.check == "task within a trial" }
    #expect(trial?.message.contains("within a trial") == (episodesPerTrial > 1))
  }

  @Test(arguments: [
    (Corridor.Flaw.hiddenRandomness, "same seed"), (.forgottenState, "stored state"),
    (.outsideSpace, "numbers"), (.notFinite, "numbers"), (.truncatesItself, "ends"),
    (.fixedSeed, "another seed"), (.fallingCounter, "counters"), (.noTime, "specification"),
    (.noChoice, "specification"),
  ])
  func flawsAreFound(_ flaw: Corridor.Flaw, check: String) {
    let factory = EnvironmentFactory(name: "corridor", Corridor(flaw: flaw))
    let failed = EnvironmentChecker(factory).run().filter { !$0.passed }
    #expect(failed.contains { $0.check == check }, "\(flaw): \(failed)")
  }
}
