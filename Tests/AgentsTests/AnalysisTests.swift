import Agents
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// The analyses of networks with a modulation signal, on small untrained ones.
@Suite struct AnalysisTests {
  private static let key = RandomKey(seed: 8)

  private static func agent(in environment: String, horizon: Int) throws -> any Trainer {
    let environment = try Registry<EnvironmentFactory>.standard.make(
      .object([.init("name", .string(environment)), .init("horizon", .number(horizon))]), at: .root
    ).0
    return try Training.agent(try Training.smallOptions, in: environment)
  }

  private static func result(
    _ name: String, of agent: any Trainer, episodes: Int
  ) throws -> AnalysisResult {
    let analysis = try #require(agent.analyses.first { $0.name == name })
    return try analysis.run(episodes, key)
  }

  @Test func everyBenchmarkHasItsAnalyses() throws {
    #expect(
      try Self.agent(in: "nmd-benchmark1", horizon: 60).analyses.map(\.name) == ["modulation"])
    #expect(
      try Self.agent(in: "nmd-benchmark3", horizon: 60).analyses.map(\.name)
        == ["modulation", "freeze"])
  }

  /// Episodes of any length are shared by the five phases; the reduced ones are shorter than the time
  /// the paper's agents are given to recover.
  @Test(arguments: [50, 400, 600])
  func freezingCountsEveryTouchOnce(horizon: Int) throws {
    let agent = try Self.agent(in: "nmd-benchmark3", horizon: horizon)
    let result = try Self.result("freeze", of: agent, episodes: 20)
    let touches = result.figures.filter { $0.name.hasSuffix("per episode") }
    #expect(touches.count == 10)
    #expect(touches.allSatisfy { $0.value >= 0 })
    // What the curves show adds up to what the table says.
    let diagram = try #require(result.diagrams.first)
    let curves = diagram.curves
    #expect(curves.count == 2)
    #expect(
      diagram.phases.map(\.name)
        == ["held at first", "free", "held", "held, swapped", "free again"])
    let fifth = Double(horizon) / 5
    for (index, phase) in diagram.phases.enumerated() {
      #expect(phase.range == Double(index) * fifth...Double(index + 1) * fifth)
    }
    let window = Double(max(1, horizon / 5 / 20))
    let shown = curves.flatMap(\.y).reduce(0, +) * window
    let counted = touches.map(\.value).reduce(0, +)
    #expect(counted > 0, "an untrained agent touches something now and then")
    #expect(shown <= counted + 1e-9 && shown > 0.9 * counted, "\(shown) of \(counted)")
  }

  // MARK: Networks with known weights

  /// An agent with a linear modulator, whose policy has these weights and zeros elsewhere and hardly any
  /// noise.
  private static func agent(
    in environment: some Environment, network: String, weights: [String: [Float]]
  ) throws -> KLProximalAgent {
    var options = try Training.smallOptions
    options.network = try NetworkChoice(json: JSONValue(parsing: network), at: .root)
    (options.trainCut, options.window) = (0, environment.horizon ?? 1)
    options.logVarianceOffset = -20
    let agent = try Training.agent(
      options, in: EnvironmentFactory(name: "known", environment))
    let beginning = try Training.state(of: agent)
    var (chosen, found) = (beginning, 0)
    for (name, tensor) in beginning.tensors[.weights] ?? [:] where name.hasPrefix("policy/") {
      let count = tensor.shape.reduce(1, *)
      let numbers = weights[String(name.dropFirst("policy/".count))]
      if numbers != nil { found += 1 }
      chosen = chosen.replacing(
        name,
        by: ArchivedTensor(numbers ?? [Float](repeating: 0, count: count), shape: tensor.shape))
    }
    #expect(found == weights.count, "there is no parameter of that name")
    try agent.restore(from: chosen)
    return agent
  }

  /// Counts what is done, in 64ths, as touches of the good target or, when targets are swapped, of the
  /// bad one. Observation, reward and executed action tell the number of the step.
  private struct Ledger: Environment {
    var observationSpace: BoxSpace { BoxSpace(count: 1) }
    var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
    var horizon: Int? { 40 }
    var counterNames: [String] { ["good", "bad"] }
    var taskEdits: [String] { ["swapTargets"] }

    func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Bool { false }
    func initialState(of task: Bool, using random: inout RandomStream) -> Int { 0 }
    func observe(_ state: Int, of task: Bool, into observation: UnsafeMutableBufferPointer<Float>) {
      observation[0] = Float(state) / 64
    }
    func step(
      _ state: inout Int, of task: inout Bool, action: UnsafeBufferPointer<Float>,
      using random: inout RandomStream, outcome: inout StepOutcome
    ) {
      outcome.counters[task ? 1 : 0] += (64 * action[0]).rounded()
      outcome.executedAction[0] = Float(4 * state) / 64
      outcome.reward = Float(2 * state) / 64
      state += 1
    }
    func edit(
      _ name: String, task: inout Bool, state: inout Int, using random: inout RandomStream
    ) { task.toggle() }
  }

  /// z is 3 / 64 and the sum of what was seen, paid and done one step before; the action is z and what is
  /// seen now. So touches tell z of each step: it stands still while it is held, be it memory or feedback
  /// that it comes from, and the main network goes on seeing the world.
  @Test func heldSignalsStandStillAndTargetsAreSwapped() throws {
    let agent = try Self.agent(
      in: Ledger(),
      network: #"{"name": "nmd", "sizes": [], "modulationSize": 1, "hidden": []}"#,
      weights: [
        "modulator/z/weight": [1, 1, 1], "modulator/z/bias": [3.0 / 64], "mean/weight": [1],
        "mean/shift": [1],
      ])
    let result = try Self.result("freeze", of: agent, episodes: 3)
    func signal(_ step: Int) -> Int { step == 0 ? 3 : 3 + (1 + 2 + 4) * (step - 1) }
    // Five phases of eight steps; a signal that is held is that of the phase's first step. The last step
    // is not played.
    let expected = (0..<39).map { step in
      step + signal(step < 8 ? 0 : step < 16 ? step : step < 32 ? 16 : step)
    }
    let curves = try #require(result.diagrams.first).curves
    #expect(curves[0].y == expected.enumerated().map { $0 < 24 ? Double($1) : 0 })
    #expect(curves[1].y == expected.enumerated().map { $0 < 24 ? 0 : Double($1) })
    func figure(_ name: String) throws -> Double {
      try #require(result.figures.first { $0.name == name }, "\(name)").value
    }
    #expect(try figure("held: good per episode") == Double(expected[16..<24].reduce(0, +)))
    #expect(try figure("held: share of good touches") == 1)
    #expect(try figure("held, swapped: share of good touches") == 0)
    #expect(try figure("bad share while held after the swap") == 1)
    #expect(try figure("good share from 4 steps after the release") == 0)
  }

  /// From the third step on, the executed action is the second of two hidden numbers. Rewards count steps.
  private struct Revelation: Environment {
    var observationSpace: BoxSpace { BoxSpace(count: 1) }
    var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
    var horizon: Int? { 12 }
    var taskParameterNames: [String] { ["unseen", "seen"] }

    func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> [Float] {
      [random.uniform(-1, 1), random.uniform(-1, 1)]
    }
    func parameters(of task: [Float]) -> [Float] { task }
    func initialState(of task: [Float], using random: inout RandomStream) -> Int { 0 }
    func observe(
      _ state: Int, of task: [Float], into observation: UnsafeMutableBufferPointer<Float>
    ) { observation[0] = 0.5 }
    func step(
      _ state: inout Int, of task: inout [Float], action: UnsafeBufferPointer<Float>,
      using random: inout RandomStream, outcome: inout StepOutcome
    ) {
      outcome.executedAction[0] = state < 2 ? 0 : task[1]
      outcome.reward = Float(state)
      state += 1
    }
  }

  /// z is 2 and the last executed action, beside a constant 1. So it tells the number that was shown, once
  /// it was, and never the other. The slopes of the three neurons are minus half of that number, 1 and 0.
  @Test func modulationTellsWhatWasShown() throws {
    let agent = try Self.agent(
      in: Revelation(),
      network: #"{"name": "nmd", "sizes": [], "modulationSize": 2, "hidden": [3]}"#,
      weights: [
        "modulator/z/weight": [1, 0, 0, 0, 0, 0], "modulator/z/bias": [2, 1],
        "hidden0/scale": [-0.5, 0, 0, 0, 0, -1],
      ])
    let result = try Self.result("modulation", of: agent, episodes: 200)
    func explained(_ name: String, _ step: Int, by model: String = "linear") throws -> Double {
      let wanted = "R² of \(name), \(model), step \(step)"
      return try #require(result.figures.first { $0.name == wanted }, "\(wanted)").value
    }
    for step in [0, 1, 3, 10] {
      // A slope fitted to 140 samples without a relation explains about 1/140 of the variance of the other
      // 60, and less than nothing as often as not.
      #expect(try explained("unseen", step) < 0.1, "step \(step)")
      #expect(try explained("seen", step, by: "shuffled") < 0.1, "step \(step)")
      let seen = try explained("seen", step)
      #expect(step < 3 ? seen < 0.1 : seen > 0.99, "step \(step): \(seen)")
    }
    #expect(!result.figures.contains { $0.name.hasSuffix("step 30") }, "episodes have 12 steps")
    func neurons(_ property: String) throws -> Double {
      let wanted = "neurons of hidden layer 0 whose slope \(property)"
      return try #require(result.figures.first { $0.name == wanted }, "\(wanted)").value
    }
    #expect(try neurons("changes sign") == 1)
    #expect(try neurons("stays within ±0.05") == 1)
    let slopes = try #require(result.diagrams.first { $0.title == "Slopes of hidden layer 0" })
    #expect(slopes.xTitle == "seen" && slopes.curves.count == 3)
    // Places are the middles of bins, a tenth wide.
    #expect(zip(slopes.curves[0].x, slopes.curves[0].y).allSatisfy { abs($1 + $0 / 2) < 0.03 })
    let rewards = try #require(result.diagrams.first { $0.title == "Reward while adapting" })
    #expect(rewards.curves[0].y == (0..<12).map { Double($0) })
  }
}
