import Autodiff
import Tensor
import Testing

@Suite struct ParameterStoreTests {
  static func program(named names: [String], rows: Int = 3) -> Program {
    let tracer = Tracer()
    let x = tracer.input("x", width: rows)
    let sum = names.map { name in
      x.product(tracer.matrix(name, rows: rows, columns: 4, .normal(1)))
        + tracer.vector(name + "Bias", width: 4, .constant(0.5))
    }.reduce(tracer.constant(0, width: 4), +)
    tracer.output("y", sum)
    return tracer.finish()
  }

  @Test func numbersDoNotDependOnOtherParameters() {
    let key = RandomKey(seed: 3)
    let alone = ParameterStore(Self.program(named: ["b"]).parameters, key: key)
    let among = ParameterStore(Self.program(named: ["a", "b", "c"]).parameters, key: key)
    #expect(alone.values(of: "b") == among.values(of: "b"))
    #expect(among.values(of: "a") != among.values(of: "b"))
    #expect(alone.layout.count == 16 && alone.values(of: "bBias") == [0.5, 0.5, 0.5, 0.5])
    #expect(among.layout.parameter(at: 12).name == "aBias")
    #expect(among.layout.parameter(at: 16).name == "b")
  }

  /// y = x W + (x F) + b with a fixed F and b at most 0.25.
  static func constrained() -> Program {
    let tracer = Tracer()
    let x = tracer.input("x", width: 3)
    let w = tracer.matrix("w", rows: 3, columns: 4, .normal(1))
    let fixed = tracer.matrix("fixed", rows: 3, columns: 4, .normal(1), isLearned: false)
    let vector = tracer.vector("vector", width: 4, .normal(1), isLearned: false)
    let bias = tracer.vector("b", width: 4, .constant(1), in: -1...0.25)
    tracer.output("y", x.product(w) + x.product(fixed) * vector + bias)
    return tracer.finish()
  }

  @Test func numbersStayInTheirRange() {
    let store = ParameterStore(Self.constrained().parameters, key: RandomKey(seed: 1))
    #expect(store.values(of: "b") == [0.25, 0.25, 0.25, 0.25])
    let before = store.values(of: "w")
    store.update { values in for i in 0..<store.layout.count { values[i] *= -40 } }
    #expect(store.values(of: "b") == [-1, -1, -1, -1])
    #expect(store.values(of: "w") == before.map { -40 * $0 })
    store.assign(store.array.map { _ in .nan })
    #expect(store.array.allSatisfy { $0.isNaN }, "the guard against NaN has to see it")
  }

  /// No gradient, no weight decay: what is fixed stays, while gradients flow through it.
  @Test(arguments: [
    OptimizerRule.adam(weightDecay: 0.1), .adam(), .rmsProp(), .momentum(0.9),
  ])
  func fixedParametersStay(_ rule: OptimizerRule) {
    let program = Self.constrained()
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    #expect(store.layout.learned == [0..<12, 28..<32])
    let executor = Executor(
      program, parameters: store, rows: [2], steps: 1, objectives: ["y"], inputGradients: ["x"])
    let optimizer = Optimizer(rule, count: store.layout.count)
    let before = (store.values(of: "w"), store.values(of: "fixed"), store.values(of: "vector"))
    let shard = executor.shards[0]
    for _ in 0..<5 {
      executor.prepare()
      for i in 0..<6 { shard.input("x")[i] = Float(i) - 2.5 }
      for i in 0..<8 { shard.cotangent("y")[i] = Float(i % 3) - 1 }
      shard.forward(0..<1)
      shard.backward(1)
      optimizer.update(store, gradient: shard.gradient, learningRate: 0.01)
    }
    #expect(store.values(of: "w") != before.0)
    #expect(store.values(of: "fixed") == before.1 && store.values(of: "vector") == before.2)
    #expect(program.summary.contains("fixed (fixed)"))
    let report = ProgramCheck(program).run()
    #expect(report.gradientError < 1e-6 && report.fastGradientError < 1e-5, "\(report)")
  }

  @Test func savingAndRestoring() throws {
    let parameters = Self.program(named: ["a", "b"]).parameters
    let stored = ParameterStore(parameters, key: RandomKey(seed: 1))
    let other = ParameterStore(parameters, key: RandomKey(seed: 2))
    var archive = Archive()
    stored.save(into: &archive, prefix: "policy")
    #expect(archive.tensors[.weights]?["policy/a"]?.shape == [3, 4])
    #expect(archive.tensors[.weights]?["policy/aBias"]?.shape == [4])
    let version = other.version
    #expect(other.array != stored.array)
    try other.restore(from: archive, prefix: "policy")
    #expect(other.array == stored.array)
    #expect(other.version > version, "executors would keep their packed weights")
  }

  @Test func restoringWhatDoesNotFitChangesNothing() {
    let store = ParameterStore(Self.program(named: ["a", "b"]).parameters, key: RandomKey(seed: 1))
    let before = store.array
    var archive = Archive()
    ParameterStore(Self.program(named: ["a", "b"], rows: 5).parameters, key: RandomKey(seed: 1))
      .save(into: &archive, prefix: "wide")
    ParameterStore(Self.program(named: ["a"]).parameters, key: RandomKey(seed: 1))
      .save(into: &archive, prefix: "few")
    archive.store(ArchivedTensor([1.0, 2.0] as [Double]), "double/a", in: .weights)
    for (prefix, name, word) in [
      ("wide", "wide/a", "20 numbers where 12 belong"), ("few", "few/b", "missing"),
      ("none", "none/a", "missing"), ("double", "double/a", "32-bit"),
    ] {
      let error = #expect(throws: ArchiveError.self) {
        try store.restore(from: archive, prefix: prefix)
      }
      #expect(error?.name == name && error?.reason.contains(word) == true, "\(error as Any)")
      #expect(store.array == before)
    }
  }
}
