import Autodiff
import NeuroMod
import Tensor
import Testing

/// The cost of units that are too active, and its derivative.
@Suite struct ActivityRegularizerTests {
  static let (width, steps) = (3, 4)

  static func executor() -> Executor {
    let tracer = Tracer()
    let x = tracer.input("x", width: width)
    tracer.scope("layer") { tracer.output(CellOutput.activity, x * 1.5) }
    return Executor(
      tracer.finish(), parameters: ParameterStore([], key: RandomKey(seed: 0)), rows: [2, 1],
      steps: steps, objectives: ["layer/activity"], inputGradients: ["x"])
  }

  /// The cost of inputs `x`, which leaves the derivatives in the shards.
  static func cost(_ rule: ActivityRegularizer, _ executor: Executor, _ x: [Float]) -> Double {
    var next = 0
    for shard in executor.shards {
      for i in 0..<steps * shard.rows * width {
        shard.input("x")[i] = x[next]
        next += 1
      }
      shard.forward(0..<steps)
    }
    return rule.apply(to: "layer/activity", of: executor.shards, steps: steps).cost
  }

  @Test(arguments: ActivityRegularizer.Comparison.allCases)
  func derivativesAgreeWithDifferences(_ comparison: ActivityRegularizer.Comparison) {
    var rule = ActivityRegularizer()
    (rule.weight, rule.target, rule.comparison) = (3, 0.2, comparison)
    let executor = Self.executor()
    executor.prepare()
    var random = RandomKey(seed: 1).stream()
    let x = (0..<Self.steps * 3 * Self.width).map { _ in random.uniform() }
    _ = Self.cost(rule, executor, x)
    var derivatives: [Float] = []
    for shard in executor.shards {
      shard.backward(Self.steps)
      derivatives += (0..<Self.steps * shard.rows * Self.width).map {
        shard.inputGradient("x")![$0]
      }
    }
    for index in [0, 7, 13, 23, 30, 35] {
      var (above, below) = (x, x)
      above[index] += 0.01
      below[index] -= 0.01
      let slope =
        (Self.cost(rule, executor, above) - Self.cost(rule, executor, below)) / 0.02
      #expect(abs(slope - Double(derivatives[index])) < 1e-5, "\(index)")
    }
  }

  /// By hand: two units with means 0.5 and 0.1, target 0.2, weight 2.
  @Test func costsByHand() {
    let tracer = Tracer()
    let x = tracer.input("x", width: 2)
    tracer.output(CellOutput.activity, x)
    let program = tracer.finish()
    #expect(program.outputs(called: "activity") == ["activity"])
    let executor = Executor(
      program, parameters: ParameterStore([], key: RandomKey(seed: 0)), rows: [1], steps: 2,
      objectives: ["activity"])
    let shard = executor.shards[0]
    for (index, value) in ([1, 0.2, 0, 0] as [Float]).enumerated() {
      shard.input("x")[index] = value
    }
    shard.forward(0..<2)
    let expected: [(ActivityRegularizer.Comparison, Double)] = [
      (.sumOverUnits, 2 * (0.09 + 0.01)), (.meanOverUnits, 0.09 + 0.01), (.layer, 2 * 0.01),
    ]
    for (comparison, cost) in expected {
      var rule = ActivityRegularizer()
      (rule.weight, rule.target, rule.comparison) = (2, 0.2, comparison)
      let result = rule.apply(to: "activity", of: executor.shards, steps: 2)
      #expect(abs(result.cost - cost) < 1e-7 && abs(result.activity - 0.3) < 1e-7)
    }
  }
}
