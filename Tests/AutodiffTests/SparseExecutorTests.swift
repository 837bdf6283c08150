import Autodiff
import Tensor
import Testing

/// Programs with sparse matrices, computed from connections and densely: the same bits.
@Suite struct SparseExecutorTests {
  static let (rows, steps) = ([33, 33], 7)

  /// A recurrent layer with delays, and a readout of two layers by a matrix cut in two.
  static func program(connectivity: Float) -> Program {
    let tracer = Tracer()
    func sparse(_ connectivity: Float) -> Initializer {
      .sparse(SparseInitialization(connectivity: connectivity, signs: .random))
    }
    let x = tracer.input("x", width: 40)
    let h = tracer.state("h", width: 30)
    let input = tracer.matrix("input", rows: 40, columns: 30, sparse(connectivity))
    let recurrent = tracer.matrix(
      "recurrent", rows: 30, columns: 30, sparse(connectivity),
      wiring: Wiring(delays: 3, excludesSelf: true))
    let next =
      (x.product(input) + tracer.delayLine("h", h, count: 3).product(recurrent)
      + tracer.vector("bias", width: 30)).tanh()
    tracer.update(h, to: next)
    let output = tracer.matrix("output", rows: 70, columns: 11, sparse(connectivity))
    tracer.output("y", Value.concatenate([next, x]).product(output))
    return tracer.finish()
  }

  /// Everything that two steps of training depend on.
  struct Run: Equatable {
    var outputs: [Float] = []
    var inputGradient: [Float] = []
    var gradient: [Float] = []
    var parameters: [UInt32] = []
  }

  final class Training {
    let store: ParameterStore
    let executor: Executor
    let rewiring: DeepRewiring?
    private let pool: ThreadPool
    private(set) var updates = 0

    init(
      _ products: Executor.Products, connectivity: Float, rule: RewiringRule? = nil,
      threads: Int = 1
    ) throws {
      let program = SparseExecutorTests.program(connectivity: connectivity)
      let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
      self.store = store
      executor = Executor(
        program, parameters: store, rows: SparseExecutorTests.rows,
        steps: SparseExecutorTests.steps, objectives: ["y"], inputGradients: ["x"],
        products: products)
      rewiring = try rule.map {
        try DeepRewiring(
          $0, around: Optimizer(.adam(), count: store.layout.count), of: store,
          key: RandomKey(seed: 2))
      }
      pool = ThreadPool(threads: threads)
    }

    /// One forward and backward pass over random sequences, and an update.
    func step() -> Run {
      executor.prepare()
      let steps = SparseExecutorTests.steps
      pool.run(executor.shards.count) { index in
        let shard = executor.shards[index]
        var random = (RandomKey(seed: 3) / updates / index).stream()
        for i in 0..<steps * shard.rows * 40 { shard.input("x")[i] = random.uniform(-1, 1) }
        for i in 0..<steps * shard.rows * 11 { shard.cotangent("y")[i] = random.uniform(-1, 1) }
        shard.resetStates()
        shard.forward(0..<steps)
        shard.backward(steps)
      }
      var run = Run()
      for shard in executor.shards {
        for step in 0..<steps {
          run.outputs += (0..<shard.rows * 11).map { shard.output("y", step: step)[$0] }
        }
        run.inputGradient += (0..<steps * shard.rows * 40).map { shard.inputGradient("x")![$0] }
      }
      let gradient = executor.reduceGradients()
      run.gradient = (0..<store.layout.count).map { gradient[$0] }
      rewiring?.update(store, gradient: gradient, learningRate: 0.01)
      run.parameters = store.array.map(\.bitPattern)
      updates += 1
      return run
    }
  }

  static func rule(_ gradients: RewiringRule.Gradients = .connections) -> RewiringRule {
    var rule = RewiringRule([
      .init("input", connectivity: 0.12), .init("recurrent", connectivity: 0.05),
      .init("output", connectivity: 0.12),
    ])
    (rule.l1, rule.temperature, rule.gradients) = (0.5, 1e-4, gradients)
    return rule
  }

  @Test(arguments: [0, 0.01, 0.12, 1] as [Float], [false, true])
  func passesAreTheSame(_ connectivity: Float, isSparse: Bool) throws {
    func run(_ products: Executor.Products) throws -> (Run, SynapticOperations) {
      let training = try Training(products, connectivity: connectivity)
      if isSparse { training.store.sparse = [0, 1, 3] }
      return (training.step(), training.executor.operations)
    }
    let (dense, all) = try run(.dense)
    #expect(all.forward.executed == all.forward.dense)
    for products in [Executor.Products.sparse, .automatic, .events] {
      let (run, operations) = try run(products)
      #expect(run == dense, "\(products)")
      #expect(operations.forward.dense == all.forward.dense)
      #expect(operations.backward.dense == all.backward.dense)
      #expect(operations.weights.dense == all.weights.dense)
    }
    // Derivatives by zeros are wanted unless the matrix is sparse by intention.
    let training = try Training(.dense, connectivity: connectivity)
    let values = training.store.array
    // Those of the output by the inputs, which are no zeros.
    let silent = dense.gradient.indices.filter { $0 >= 2130 + 30 * 11 && values[$0] == 0 }
    #expect(silent.allSatisfy { (dense.gradient[$0] == 0) == isSparse })
  }

  /// Connections are what is counted, in each of the three kinds of product.
  @Test func countersCountConnections() throws {
    let training = try Training(.sparse, connectivity: 0.12, rule: Self.rule())
    let counts = training.rewiring!.connections(of: training.store).map(\.count)
    _ = training.step()
    let rows = Self.steps * Self.rows.reduce(0, +)
    let operations = training.executor.operations
    let all = rows * counts.reduce(0, +)
    #expect(operations.forward.executed == all && operations.weights.executed == all)
    #expect(operations.backward.executed <= all && operations.backward.executed > 0)
    #expect(operations.forward.dense == rows * (40 * 30 + 3 * 30 * 30 + 70 * 11))
  }

  /// Training with rewiring takes the same way whatever computes the products, and with any threads.
  @Test(arguments: RewiringRule.Gradients.allCases)
  func trainingsAreTheSame(_ gradients: RewiringRule.Gradients) throws {
    func train(_ products: Executor.Products, threads: Int = 1) throws -> (runs: [Run], moved: Int)
    {
      let training = try Training(
        products, connectivity: 0.12, rule: Self.rule(gradients), threads: threads)
      var moved = 0
      let runs = (0..<25).map { _ in
        let run = training.step()
        moved += training.rewiring!.reconnected
        return run
      }
      return (runs, moved)
    }
    let dense = try train(.dense)
    #expect(dense.moved > 50)
    for products in [Executor.Products.sparse, .automatic] {
      #expect(try train(products).runs == dense.runs, "\(products)")
    }
    #expect(try train(.sparse, threads: 2).runs == dense.runs)
  }

  @Test(arguments: [RewiringRule.Variant.hard, .soft, .fixed])
  func continuesToTheBit(_ variant: RewiringRule.Variant) throws {
    var rule = Self.rule()
    rule.variant = variant
    let whole = try Training(.sparse, connectivity: 0.12, rule: rule)
    let runs = (0..<10).map { _ in whole.step() }
    let first = try Training(.automatic, connectivity: 0.12, rule: rule)
    for _ in 0..<5 { _ = first.step() }
    var archive = Archive()
    first.rewiring!.save(into: &archive, prefix: "optimizer")
    first.store.save(into: &archive, prefix: "weights")
    let second = try Training(.sparse, connectivity: 0.12, rule: rule, threads: 2)
    for _ in 0..<5 { _ = second.step() }
    try second.rewiring!.restore(from: archive, prefix: "optimizer")
    try second.store.restore(from: archive, prefix: "weights")
    for step in 5..<10 { #expect(second.step() == runs[step], "step \(step)") }
  }
}
