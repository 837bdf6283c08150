import Agents
import Envs
import Tensor
import Testing

/// The analysis of edits, in a world whose rewards are known beforehand.
@Suite struct EditAnalysisTests {
  /// A step gives 1 and a number of its task. After the edit `trip` it gives 2 less, and every step a tenth
  /// of a unit less little.
  private struct Trip: Environment {
    struct State: Codable {
      var sinceEdit = 20
      var steps = 0
    }

    /// The step after which every episode ends.
    var last = 99
    /// Steps of an episode at most.
    var length = 100
    /// What rewards scatter by.
    var noise: Float = 0
    /// The step from which on a reward is 5 less, whatever was edited.
    var lull = Int.max
    var observationSpace: BoxSpace { BoxSpace(count: 1) }
    var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
    var horizon: Int? { length }
    var counterNames: [String] { ["wounds"] }
    var taskEdits: [String] { ["trip", "rest"] }

    func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Float {
      random.uniform(-0.5, 0.5)
    }
    func initialState(of task: Float, using random: inout RandomStream) -> State { State() }
    func observe(
      _ state: State, of task: Float, into observation: UnsafeMutableBufferPointer<Float>
    ) { observation[0] = 0 }
    func step(
      _ state: inout State, of task: inout Float, action: UnsafeBufferPointer<Float>,
      using random: inout RandomStream, outcome: inout StepOutcome
    ) {
      outcome.executedAction[0] = action[0]
      outcome.reward = 1 + task - 0.1 * Float(max(0, 20 - state.sinceEdit))
      if noise > 0 { outcome.reward += noise * random.normal() }
      if state.steps >= lull { outcome.reward -= 5 }
      if state.sinceEdit < 20 { outcome.counters[0] += 1 }
      state.sinceEdit += 1
      if state.steps == last { outcome.end = StepEnd(terminated: true, truncated: false) }
      state.steps += 1
    }
    func edit(
      _ name: String, task: inout Float, state: inout State, using random: inout RandomStream
    ) { if name == "trip" { state.sinceEdit = 0 } }
  }

  private static func result(
    _ edits: [TaskEdit], episodes: Int = 200, key: UInt64 = 3, of trip: Trip = Trip()
  ) throws -> AnalysisResult {
    let environment = EnvironmentFactory(name: "trip", trip)
    let agent = try Training.agent(Training.smallOptions, in: environment)
    return try EditAnalysis(of: agent, in: environment, edits: edits)
      .run(episodes: episodes, key: RandomKey(seed: key))
  }

  private static func figures(_ result: AnalysisResult) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: result.figures.map { ($0.name, $0.value) })
  }

  /// The running mean of 10 steps falls from 1 to −0.55 and is above 0.845 from that of steps 15 to 24 on.
  @Test func theTableSaysWhatAnEditCosts() throws {
    let numbers = Self.figures(try Self.result([TaskEdit("trip", before: 40)]))
    let base = try #require(numbers["before step 40: mean reward"])
    #expect(abs(base - 1) < 0.07)
    func expect(_ name: String, _ value: Double, within tolerance: Double = 1e-5) {
      #expect(
        numbers[name].map { abs($0 - value) <= tolerance } == true,
        "\(name): \(numbers[name] ?? .nan), not \(value)")
    }
    // 2 + 1.9 + … + 0.1 less, over 60 steps.
    expect("from step 40, trip: mean reward", base - 21.0 / 60)
    expect("before step 40: wounds per episode", 0)
    expect("from step 40, trip: wounds per episode", 20)
    // Rewards of an episode differ by their task alone, which is uniform over one unit.
    expect(
      "before step 40: half its 95 % interval", 1.96 * (1.0 / 12 / 200).squareRoot(), within: 4e-3)
    expect("trip at step 40: reward of 40 steps before", base)
    expect("trip at step 40: least reward of 10 steps after", base - 1.55)
    expect("trip at step 40: steps until 90 % of the loss is made up", 25)
  }

  @Test func whatIsNotMadeUpSaysSo() throws {
    let numbers = Self.figures(
      try Self.result([
        TaskEdit("rest", before: 90), TaskEdit("trip", before: 50), TaskEdit("trip", before: 66),
      ]))
    let steps = "steps until 90 % of the loss is made up"
    #expect(numbers["trip at step 50: \(steps)"]?.isNaN == true)
    #expect(numbers["trip at step 66: \(steps)"]?.isFinite == true)
    #expect(numbers["rest at step 90: \(steps)"]?.isNaN == true)
    // All 16 steps between the two edits have passed.
    #expect(numbers["from step 50, trip: wounds per episode"] == 16)
    #expect(numbers["from step 66, trip: wounds per episode"] == 20)
  }

  /// The least of many means lies below the level by chance. Only a loss beyond that is one.
  @Test(arguments: [3, 4, 5, 6]) func chanceIsNoLoss(key: UInt64) throws {
    let noisy = Trip(last: 299, length: 300, noise: 2)
    let rest = Self.figures(try Self.result([TaskEdit("rest", before: 100)], key: key, of: noisy))
    func number(_ name: String, _ numbers: [String: Double], _ edit: String) throws -> Double {
      try #require(numbers["\(edit) at step 100: \(name)"])
    }
    let (least, margin, steps) = (
      "least reward of 10 steps after", "half the 95 % interval of the loss",
      "steps until 90 % of the loss is made up"
    )
    let level = "reward of 50 steps before"
    #expect(try number(least, rest, "rest") < number(level, rest, "rest"))
    #expect(try number(steps, rest, "rest").isNaN)
    let trip = Self.figures(try Self.result([TaskEdit("trip", before: 100)], key: key, of: noisy))
    #expect(try abs(number(level, trip, "trip") - number(least, trip, "trip") - 1.55) < 0.2)
    #expect(try (15...35).contains(number(steps, trip, "trip")))
    // A mean of 50 steps less one of 10, with noise 2; 3.54 is Student's t for 200 episodes and 100 means.
    let variance: Double = 4 * (0.02 + 0.1)
    let half: Double = 3.54 * (variance / 200).squareRoot()
    let ratio = try number(margin, trip, "trip") / half
    #expect(abs(ratio - 1) < 0.2, "\(ratio)")
  }

  /// What comes long after an edit is not its doing.
  @Test func aLullIsNotTheEdit() throws {
    let trip = Trip(last: 399, length: 400, lull: 300)
    for (edit, loss) in [("rest", 0.0), ("trip", 1.55)] {
      let numbers = Self.figures(try Self.result([TaskEdit(edit, before: 100)], of: trip))
      let level = try #require(numbers["\(edit) at step 100: reward of 50 steps before"])
      let least = try #require(numbers["\(edit) at step 100: least reward of 10 steps after"])
      #expect(abs(level - least - loss) < 1e-5)
      let steps = numbers["\(edit) at step 100: steps until 90 % of the loss is made up"]
      #expect(edit == "rest" ? steps?.isNaN == true : steps == 25)
    }
  }

  /// Of few episodes the interval is Student's; 4.3027 is its t for three.
  @Test func fewEpisodesHaveWideIntervals() throws {
    let batch = EnvironmentFactory(name: "trip", Trip())
      .makeBatch(count: 3, split: .test, key: RandomKey(seed: 3))
    batch.step([0, 0, 0])
    let rewards = (0..<3).map { Double(batch.rewards[$0]) }
    let mean = rewards.reduce(0, +) / 3
    let variance = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2
    let numbers = Self.figures(try Self.result([TaskEdit("rest", before: 40)], episodes: 3))
    let half = try #require(numbers["before step 40: half its 95 % interval"])
    #expect(abs(half - 4.302652729911275 * (variance / 3).squareRoot()) < 1e-6)
  }

  /// The curves show every step with its band, and lines where the edits are.
  @Test func theFigureShowsTheEdits() throws {
    let result = try Self.result([
      TaskEdit("rest", before: 40), TaskEdit("trip", before: 40), TaskEdit("trip", before: 70),
    ])
    let (whole, around) = (result.diagrams[0], result.diagrams[1])
    #expect(whole.marks == [.init(40, "rest and trip"), .init(70, "trip")])
    #expect(whole.curves.count == 1 && whole.curves[0].x == (0..<100).map(Double.init))
    let rewards = whole.curves[0].y
    for (step, loss) in [(0, 0.0), (39, 0), (40, 2), (41, 1.9), (59, 0.1), (60, 0), (70, 2)] {
      #expect(abs(rewards[0] - rewards[step] - loss) < 1e-5, "step \(step)")
    }
    let band = try #require(whole.curves[0].band)
    #expect(zip(rewards, zip(band.lower, band.upper)).allSatisfy { $1.0 < $0 && $0 < $1.1 })
    #expect(around.curves.map(\.label) == ["rest and trip at 40", "trip at 70"])
    #expect(around.curves[0].x == (-20..<30).map(Double.init))
    #expect(around.curves[1].x == (-20..<30).map(Double.init))
    #expect(abs(around.curves[1].y[20] - rewards[70]) < 1e-9)
  }

  /// Steps that no episode came to are no steps without a reward, and edits before them none at all.
  @Test func episodesThatEndEarlyAreNotPaddedWithZeros() throws {
    let edits = [TaskEdit("rest", before: 40), TaskEdit("trip", before: 70)]
    let numbers = Self.figures(try Self.result(edits, of: Trip(last: 49)))
    let base = try #require(numbers["before step 40: mean reward"])
    #expect(abs(try #require(numbers["from step 40, rest: mean reward"]) - base) < 1e-5)
    #expect(
      abs(try #require(numbers["rest at step 40: least reward of 10 steps after"]) - base) < 1e-5)
    #expect(!numbers.keys.contains { $0.contains("70") }, "\(numbers.keys)")
  }

  @Test func theResultDependsOnTheKeyAlone() throws {
    let edits = [TaskEdit("trip", before: 40)]
    #expect(try Self.result(edits) == Self.result(edits))
    #expect(try Self.result(edits) != Self.result(edits, key: 4))
  }
}
