import Configuration
import Envs
import Glibc
import Tensor
import Testing

/// The demonstrations of synaptic sampling without a robot.
@Suite struct SpikingTaskTests {
  private static func step<Base: Environment>(
    _ environment: Base, _ state: inout Base.State, _ task: Base.Task, _ action: [Float],
    using random: inout RandomStream
  ) -> StepOutcome {
    var executed = Array(repeating: Float(0), count: environment.executedActionSize)
    var counters = Array(repeating: Float(0), count: environment.counterNames.count)
    var task = task
    return executed.withUnsafeMutableBufferPointer { executed in
      counters.withUnsafeMutableBufferPointer { counters in
        var outcome = StepOutcome(executedAction: executed, counters: counters)
        action.withUnsafeBufferPointer {
          environment.step(
            &state, of: &task, action: $0, using: &random, outcome: &outcome)
        }
        return outcome
      }
    }
  }

  /// Ten spikes of the right group in half a second, none of the other: 20 Hz ahead.
  @Test func patternsAreRewardedByTheLead() {
    let environment = PatternMatching()
    var random = RandomKey(seed: 1).stream()
    let task = environment.sampleTask(from: .train, using: &random)
    var state = environment.initialState(of: task, using: &random)
    let silence = Array(repeating: Float(0), count: 20)
    while state.pattern == nil {
      #expect(
        Self.step(environment, &state, task, silence, using: &random).reward == 0)
    }
    guard let pattern = state.pattern else { return }
    var right = silence
    right[pattern] = 4
    right[pattern + 2] = 6
    let lead: Float = 10 / 0.495
    let rewarded = Self.step(environment, &state, task, right, using: &random)
    #expect(abs(rewarded.reward - 1 / (1 + exp(-0.2 * (lead - 25)))) < 1e-6)
    // The spikes stay in the window for 0.5 s; phases are longer.
    let kept = Self.step(environment, &state, task, silence, using: &random)
    #expect(kept.reward == rewarded.reward)
    var wrong = silence
    wrong[1 - pattern] = 10
    #expect(Self.step(environment, &state, task, wrong, using: &random).reward == 0, "a draw")
    wrong[1 - pattern] = 1
    #expect(Self.step(environment, &state, task, wrong, using: &random).reward == 0)
  }

  /// Spikes leave the window after 33 steps, and at once when the phase changes.
  @Test func theWindowIsClearedWithThePhase() {
    let environment = PatternMatching()
    var random = RandomKey(seed: 2).stream()
    let task = environment.sampleTask(from: .train, using: &random)
    var state = environment.initialState(of: task, using: &random)
    let silence = Array(repeating: Float(0), count: 20)
    let noise = Array(repeating: Float(1), count: 20).enumerated().map { $0 % 2 == 0 ? 15 : $1 }
    var longest = 0
    for _ in 0..<200 {
      // In the background both groups fire, one of them much; that must not count for the pattern.
      while state.pattern == nil {
        _ = Self.step(environment, &state, task, noise, using: &random)
      }
      guard let pattern = state.pattern else { return }
      var right = silence
      right[pattern] = 1
      var (first, steps) = (true, 0)
      while state.pattern != nil {
        let outcome = Self.step(
          environment, &state, task, first ? right : silence, using: &random)
        if outcome.reward > 0 { steps += 1 }
        first = false
      }
      longest = max(longest, steps)
    }
    #expect(longest == 33)
  }

  @Test func patternsHaveTheirDistribution() {
    var random = RandomKey(seed: 3).stream()
    let environment = PatternMatching()
    let rates = (0..<400).flatMap { _ in
      environment.sampleTask(from: .train, using: &random).patterns.flatMap { $0 }
    }
    #expect(rates.allSatisfy { $0 >= 2 && $0 <= 60 })
    // P(60 · 0.8 · Γ(0.2) < 2) = P(0.2, 1/24) = 0.57285, P(> 60) = Q(0.2, 1.25) = 0.03614, from SciPy.
    let count = Double(rates.count)
    #expect(abs(Double(rates.count { $0 == 2 }) / count - 0.57285) < 0.01)
    #expect(abs(Double(rates.count { $0 == 60 }) / count - 0.03614) < 0.004)
  }

  @Test func gammaHasItsMoments() {
    var random = RandomKey(seed: 4).stream()
    for shape in [0.2, 1, 3.5] {
      let values = (0..<100_000).map { _ in random.gamma(shape: shape) }
      let mean = values.reduce(0, +) / 1e5
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e5
      #expect(abs(mean / shape - 1) < 0.03)
      #expect(abs(variance / shape - 1) < 0.06)
    }
  }

  /// The cursor is a low pass of M times the rates.
  @Test func theCursorFollowsTheRates() {
    let environment = CursorControl()
    var random = RandomKey(seed: 5).stream()
    let task = environment.sampleTask(from: .train, using: &random)
    let matrix = environment.parameters(of: task)
    for row in [matrix.prefix(20), matrix.suffix(20)] {
      #expect(abs(row.reduce(0, +)) < 1e-4)
      #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 20) < 1e-3)
    }
    var state = environment.initialState(of: task, using: &random)
    let rates = (0..<20).map { Float($0 % 3) }
    for _ in 0..<20 { _ = Self.step(environment, &state, task, rates, using: &random) }
    let drive = SIMD2(
      zip(matrix.prefix(20), rates).reduce(0) { $0 + $1.0 * $1.1 },
      zip(matrix.suffix(20), rates).reduce(0) { $0 + $1.0 * $1.1 })
    let expected = drive * (1 - pow(0.95, 20))
    #expect(abs(state.cursor.x - expected.x) < 1e-3 && abs(state.cursor.y - expected.y) < 1e-3)
  }

  /// Who knows how wins nearly every trial; silence wins none and rests 10 s in each.
  @Test(arguments: ["cursor-control", "lever-press"]) func trialsCanBeWon(name: String) throws {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root)
    let oracle = try #require(factory.referencePolicies.first { $0.role == .oracle })
    for episode in oracle.run(3, 1, .train, RandomKey(seed: 6)) {
      let (trials, successes) = (episode.counters[0], episode.counters[1])
      #expect(trials > 150 && successes >= trials - 1, "\(successes) of \(trials)")
      // 0.3 s of reward in steps of 15 ms.
      #expect(abs(Float(episode.total) - 20 * successes) <= 20)
    }
    let batch = factory.makeBatch(count: 1, key: RandomKey(seed: 7))
    let silence = Array(repeating: Float(0), count: 20)
    for _ in 0..<4000 { batch.step(silence) }
    #expect((5...6).contains(batch.counters[0]))
    #expect(batch.counters[1] == 0)
  }

  /// One group is right by chance, in one of as many phases as there are groups; who remembers is right in
  /// all but the first steps of each new pattern.
  @Test(arguments: [2, 5]) func patternsHaveTheirRows(groups: Int) throws {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(
      .object([
        .init("name", .string("pattern-matching")), .init("groups", .number(groups)),
        .init("horizon", .number(8000)),
      ]), at: .root)
    #expect(factory.referencePolicies.map(\.role) == [.random, .naive, .oracle])
    for policy in factory.referencePolicies.dropFirst() {
      var (shown, right, rewards) = (0.0, 0.0, 0.0)
      for episode in policy.run(32, 1, .test, RandomKey(seed: 8)) {
        shown += Double(episode.counters[0])
        right += Double(episode.counters[1])
        rewards += episode.total
        guard policy.role == .oracle else { continue }
        // At most g − 1 wrong tries, g being the number of groups, and a step to see the reward.
        #expect(episode.counters[0] - episode.counters[1] <= Float(groups * (groups - 1)))
        #expect(episode.total > Double(episode.counters[0]) - Double(groups * groups) - 1)
      }
      guard policy.role == .naive else { continue }
      // 32 · 80 phases, a pattern in each; the deviation of the share is below 0.01.
      #expect(abs(right / shown - 1 / Double(groups)) < 0.04)
      #expect(abs(rewards - right) < 1e-3 * right)
    }
  }
}
