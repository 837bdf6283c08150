import Configuration
import Envs
import Tensor
import Testing

/// Counts to `goal` and then terminates.
private struct Counting: Environment {
  typealias Task = OnlyTask
  var goal: Int
  var horizon: Int?
  var observationSpace: BoxSpace { BoxSpace(count: 1) }
  var actionSpace: ActionSpace { .discrete(3) }
  var counterNames: [String] { ["steps"] }

  func initialState(of task: OnlyTask, using random: inout RandomStream) -> Int { 0 }

  func observe(
    _ state: Int, of task: OnlyTask, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    observation[0] = Float(state)
  }

  func step(
    _ state: inout Int, of task: inout OnlyTask, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    state += 1
    outcome.reward = Float(state)
    outcome.executedAction[0] = action[0]
    outcome.counters[0] += 1
    if state == goal { outcome.end = .terminated }
  }
}

@Suite struct BatchTests {
  private func batch(goal: Int, horizon: Int?, count: Int = 2) -> BatchedEnvironment<Counting> {
    BatchedEnvironment(
      Counting(goal: goal, horizon: horizon), name: "counting", count: count,
      key: RandomKey(seed: 0))
  }

  @Test func endsTellFinalStatesFromTimeLimits() {
    for (goal, horizon, end) in [
      (3, 5, StepEnd.terminated), (5, 3, .truncated), (3, 3, .both), (3, nil, .terminated),
      (1, 1, .both), (2, 1, .truncated),
    ] {
      let batch = batch(goal: goal, horizon: horizon)
      let length = min(goal, horizon ?? .max)
      for step in 1...3 * length {
        batch.step([1, 2])
        let isLast = step % length == 0
        #expect(batch.ends[1] == (isLast ? end : .running))
        #expect(batch.endsTrial(row: 1) == isLast)
        let position = Float((step - 1) % length + 1)
        #expect(batch.finalObservations[1] == position)
        #expect(batch.observations[1] == (isLast ? 0 : position))
        #expect(batch.rewards[1] == position)
        #expect(batch.executedActions[1] == 2)
        #expect(batch.counters[1] == position)
      }
    }
    #expect(StepEnd.both.isTerminal && StepEnd.both.isTruncated && StepEnd.both.isEnd)
    #expect(!StepEnd.truncated.isTerminal && !StepEnd.terminated.isTruncated)
    #expect(!StepEnd.running.isEnd)
  }

  @Test func finishedRowsStandStillWithoutAutoreset() {
    let batch = batch(goal: 2, horizon: 9)
    batch.autoreset = false
    for _ in 0..<2 { batch.step([1, 1]) }
    let atEnd = BatchSnapshot(batch)
    #expect(batch.ends[0] == .terminated && batch.observations[0] == 2)
    for _ in 0..<3 {
      batch.step([0, 2])
      #expect(BatchSnapshot(batch).difference(from: atEnd, ignoring: "rewards") == nil)
      #expect(batch.rewards[0] == 0)
    }
    batch.autoreset = true
    #expect(batch.observations[0] == 0)
    batch.step([1, 1])
    #expect(batch.ends[0] == .running && batch.observations[0] == 1 && batch.counters[0] == 1)
    batch.reset()
    #expect(batch.observations[0] == 0 && batch.counters[0] == 0 && batch.executedActions[0] == 0)
  }

  @Test func aTrialKeepsItsTask() {
    let batch = BatchedEnvironment(
      Corridor(), name: "corridor", count: 3, episodesPerTrial: 2, key: RandomKey(seed: 4))
    var random = RandomKey(seed: 5).stream()
    var tasks = (0..<3).map { batch.task(row: $0) }
    var ended = Array(repeating: 0, count: 3)
    for _ in 0..<2000 {
      batch.step((0..<3).map { _ in random.uniform(-1, 1) })
      for row in 0..<3 {
        if batch.ends[row].isEnd { ended[row] += 1 }
        #expect(batch.endsTrial(row: row) == (batch.ends[row].isEnd && ended[row] % 2 == 0))
        #expect((batch.task(row: row) == tasks[row]) == !batch.endsTrial(row: row))
        tasks[row] = batch.task(row: row)
      }
    }
    #expect(ended.allSatisfy { $0 > 20 })
  }

  /// Every episode knows its place, whether rows go on by themselves or stand still after an end.
  @Test func episodesKnowTheirPlaceInTheTrial() throws {
    let arm = try Registry<EnvironmentFactory>.standard.make(
      JSONValue(parsing: #"{"name": "arm-reaching", "horizon": 7, "episodesPerTrial": 3}"#),
      at: .root
    ).0
    let corridor = EnvironmentFactory(name: "corridor", Corridor(), episodesPerTrial: 3)
    for factory in [arm, corridor] {
      #expect(factory.specification.episodesPerTrial == 3)
      let batch = factory.makeBatch(count: 4, key: RandomKey(seed: 4))
      let size = factory.specification.actionSpace.count
      var random = RandomKey(seed: 5).stream()
      var ended = Array(repeating: 0, count: 4)
      var stands = Array(repeating: false, count: 4)
      for step in 0..<900 {
        batch.step((0..<4 * size).map { _ in random.uniform(-1, 1) })
        for row in 0..<4 {
          #expect(batch.trialEpisode(row: row) == (stands[row] ? ended[row] - 1 : ended[row]) % 3)
          #expect(
            batch.endsTrial(row: row)
              == (batch.ends[row].isEnd && batch.trialEpisode(row: row) == 2))
          guard batch.ends[row].isEnd, !stands[row] else { continue }
          ended[row] += 1
          stands[row] = !batch.autoreset
        }
        guard step % 50 == 49 else { continue }
        batch.autoreset.toggle()
        if batch.autoreset { stands = Array(repeating: false, count: 4) }
      }
      #expect(ended.allSatisfy { $0 > 6 }, "\(ended)")
    }
  }

  /// Tests consist of whole trials; only the last one may be cut.
  @Test func sharesAreWholeTrials() {
    func shares(_ episodes: Int, _ length: Int, _ limit: Int) -> [Int] {
      EpisodeShares.shares(of: episodes, episodesPerTrial: length, limit: limit)
    }
    #expect(shares(7, 1, 3) == [3, 2, 2] && shares(2, 1, 64) == [1, 1] && shares(0, 4, 64) == [])
    #expect(shares(20, 4, 3) == [8, 8, 4] && shares(18, 4, 3) == [8, 8, 2])
    #expect(shares(3, 5, 64) == [3] && shares(100, 5, 64) == Array(repeating: 5, count: 20))
    #expect(EpisodeShares.firstTrials(of: [8, 8, 2], episodesPerTrial: 4) == [0, 2, 4])
  }

  /// Policies without learning are tested in whole trials, too.
  @Test func referencesPlayWholeTrials() {
    let corridor = EnvironmentFactory(name: "corridor", Corridor(), episodesPerTrial: 4)
    let episodes = corridor.referencePolicies[0].run(80, 1, .test, RandomKey(seed: 2))
    for place in 0..<4 { #expect(episodes.count { $0.trialEpisode == place } == 20) }
    let trials = Dictionary(grouping: episodes, by: \.trial)
    #expect(Set(trials.keys) == Set(0..<20))
    #expect(trials.values.allSatisfy { $0.map(\.trialEpisode) == [0, 1, 2, 3] })
  }

  @Test func tasksDependOnRowAndSplitAlone() {
    func tasks(
      _ count: Int, from first: Int, _ source: TaskSource = .train, pushing action: Float = 0
    ) -> [Corridor.Task] {
      let batch = BatchedEnvironment(
        Corridor(), name: "corridor", count: count, firstRow: first, tasks: source,
        key: RandomKey(seed: .max))
      var seen: [[Corridor.Task]] = (0..<count).map { [batch.task(row: $0)] }
      while seen.contains(where: { $0.count < 5 }) {
        batch.step(Array(repeating: action, count: count))
        for row in 0..<count where batch.endsTrial(row: row) {
          seen[row].append(batch.task(row: row))
        }
      }
      return seen.flatMap { $0.prefix(5) }
    }
    let all = tasks(4, from: 0)
    #expect(all == tasks(1, from: 0) + tasks(3, from: 1))
    #expect(all == tasks(4, from: 0, pushing: 1))
    #expect(Set(all.map(\.exit)).isDisjoint(with: tasks(4, from: 0, .test).map(\.exit)))
  }

  @Test func storedStateContinuesInTheMiddleOfAnEpisode() throws {
    func make(seed: UInt64) -> [any VectorEnvironment] {
      let key = RandomKey(seed: seed)
      return [
        BatchedEnvironment(WindyNavigation(), name: "b2", count: 5, key: key),
        BatchedEnvironment(BiasedTarget(), name: "b1", count: 1, key: key),
        BatchedEnvironment(Pendulum(), name: "pendulum", count: 0, key: key),
        KernelBatch(CartPole(), name: "cartpole", count: 9, key: key),
      ]
    }
    for (original, copy) in zip(make(seed: 1), make(seed: 2)) {
      var random = RandomKey(seed: 3).stream()
      var actions: [Float] = []
      func step() {
        actions = (0..<max(1, original.count)).map { _ in random.uniform(0, 1) }
        original.step(actions)
      }
      for _ in 0..<137 { step() }
      var archive = Archive()
      try original.save(into: &archive, prefix: "shard/0")
      try copy.restore(from: archive, prefix: "shard/0")
      for _ in 0..<1000 {
        #expect(BatchSnapshot(original) == BatchSnapshot(copy))
        step()
        copy.step(actions)
      }
    }
  }

  @Test func storedStatesKeepEveryBit() throws {
    let key = RandomKey(seed: 1)
    let bounds: [Double] = [
      -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 1 / 3, -.infinity,
    ]
    let random = (0..<500).map { Double(bitPattern: (key / $0).bits) }.filter { !$0.isNaN }
    for number in bounds + random {
      let batch = BatchedEnvironment(Pendulum(), name: "pendulum", count: 1, key: key)
      batch.place(row: 0, in: .init(angle: number, spin: -number), of: OnlyTask())
      var archive = Archive()
      try batch.save(into: &archive, prefix: "a")
      batch.reset()
      try batch.restore(from: archive, prefix: "a")
      let state = batch.state(row: 0)
      #expect(state.angle.bitPattern == number.bitPattern, "\(number)")
      #expect(state.spin.bitPattern == (-number).bitPattern, "\(-number)")
    }
    for index in 0..<500 {
      let number = Float(bitPattern: UInt32(truncatingIfNeeded: (key / index).bits))
      guard !number.isNaN else { continue }
      let batch = BatchedEnvironment(BiasedTarget(), name: "b1", count: 1, key: key)
      batch.place(row: 0, in: .init(position: number), of: .init(bias: -0.0))
      var archive = Archive()
      try batch.save(into: &archive, prefix: "a")
      batch.reset()
      try batch.restore(from: archive, prefix: "a")
      #expect(batch.state(row: 0).position.bitPattern == number.bitPattern, "\(number)")
      #expect(batch.task(row: 0).bias.sign == .minus)
    }
  }

  @Test func anArchiveOfAnotherSizeIsRefusedAndChangesNothing() throws {
    var archive = Archive()
    let key = RandomKey(seed: 1)
    try KernelBatch(CartPole(), name: "cartpole", count: 3, key: key).save(
      into: &archive, prefix: "a")
    try batch(goal: 3, horizon: 3, count: 3).save(into: &archive, prefix: "b")
    let poles = KernelBatch(CartPole(), name: "cartpole", count: 4, key: key)
    let counting = batch(goal: 3, horizon: 3, count: 4)
    let before = [BatchSnapshot(poles), BatchSnapshot(counting)]
    #expect(throws: ArchiveError.self) { try poles.restore(from: archive, prefix: "a") }
    #expect(throws: ArchiveError.self) { try counting.restore(from: archive, prefix: "b") }
    #expect(throws: ArchiveError.self) { try counting.restore(from: archive, prefix: "c") }
    #expect(before == [BatchSnapshot(poles), BatchSnapshot(counting)])
  }

  @Test func impossibleStepCountsAreRefused() throws {
    let batch = batch(goal: 9, horizon: 5, count: 1)
    batch.step([0])
    var archive = Archive()
    try batch.save(into: &archive, prefix: "a")
    let json = String(decoding: try archive.encoded("a/rows"), as: UTF8.self)
    for steps in ["-1", "6", "9223372036854775807"] {
      var hostile = Archive()
      for (name, tensor) in archive.tensors[.state] ?? [:] {
        hostile.store(tensor, name, in: .state)
      }
      let forged = json.replacing("\"steps\":1", with: "\"steps\":\(steps)")
      #expect(forged != json)
      hostile.storeEncoded(Array(forged.utf8), "a/rows")
      #expect(throws: ArchiveError.self) { try batch.restore(from: hostile, prefix: "a") }
    }
    try batch.restore(from: archive, prefix: "a")
  }

  @Test func noRowsAndOneRow() {
    let none = batch(goal: 2, horizon: nil, count: 0)
    none.reset()
    none.step([0])
    let one = batch(goal: 2, horizon: nil, count: 1)
    one.step([0])
    #expect(one.rewards[0] == 1)
  }

  @Test func policiesRunEveryEpisodeTheyAreAskedFor() {
    let factory = EnvironmentFactory(name: "counting", Counting(goal: 3, horizon: nil))
    #expect(factory.referencePolicies.map(\.name) == ["random"])
    for episodes in [0, 1, 130] {
      let returns = factory.referencePolicies[0].run(episodes, 0.5, .test, RandomKey(seed: 0))
      var expected = EpisodeReturn(total: 6, discounted: 2.75, length: 3, counters: [3])
      for (trial, episode) in zip(0..., returns) {
        expected.trial = trial
        #expect(episode == expected)
      }
      #expect(returns.count == episodes)
    }
  }
}
