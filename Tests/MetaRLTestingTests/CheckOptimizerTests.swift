import Autodiff
import MetaRLTesting
import Synchronization
import Testing

@Suite struct CheckOptimizerTests {
  @Test(
    arguments: [
      (OptimizerRule.adam(), 0.01), (.adam(weightDecay: 0.01), 0.01), (.rmsProp(), 0.01),
      (.rmsProp(momentum: 0.9), 0.003), (.momentum(), 0.5), (.momentum(0.9), 0.1),
    ] as [(OptimizerRule, Float)])
  func ownRulesPass(_ rule: OptimizerRule, _ rate: Float) throws {
    try checkOptimizer(rule, learningRate: rate)
  }

  @Test func flawsAreFound() {
    func failures(_ rule: @escaping UpdateRule) -> [String] {
      let error = #expect(throws: ConformanceError.self) {
        try checkOptimizer("broken", learningRate: 0.1) { _ in rule }
      }
      return error?.failures.map(\.check) ?? []
    }
    func change(_ p: inout [Float], _ delta: (Int) -> Float) {
      for i in p.indices { p[i] += delta(i) }
    }
    #expect(failures { p, g, rate in change(&p) { rate * g[$0] } } == ["descent"])
    #expect(
      failures { p, g, _ in change(&p) { -0.1 * g[$0] } } == ["without a learning rate"])
    #expect(
      failures { p, g, rate in change(&p) { -rate * g[$0] / (g[$0] * g[$0]).squareRoot() } }
        .contains("no gradient"))
    let calls = Atomic<Int>(0)
    #expect(
      failures { p, g, rate in
        let noise = 1 + 0.01 * Float(calls.add(1, ordering: .relaxed).newValue % 13)
        change(&p) { -rate * noise * g[$0] }
      } == ["reproducible"])
  }
}
