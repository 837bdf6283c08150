import Autodiff
import CKernels
import Tensor
import Testing

/// What the fast executor promises about bits, whatever the program.
@Suite struct ExecutorTests {
  @Test func bitsDoNotDependOnThreads() {
    let sample = RecurrentSample(rows: 20, steps: 11)
    func run(threads: Int) -> [Float] {
      let executor = RecurrentSample.executor(rows: [5, 5, 3, 7], steps: 11)
      let pool = ThreadPool(threads: threads)
      sample.load(into: executor)
      pool.run(4) { index in
        executor.shards[index].forward(0..<11)
        executor.shards[index].backward(11)
      }
      let shards = executor.shards.flatMap { $0.everything(steps: 11) + $0.derivatives(steps: 11) }
      let total = executor.reduceGradients()
      return shards + (0..<RecurrentSample.program.parameterCount).map { total[$0] }
    }
    let one = run(threads: 1)
    #expect(one.allSatisfy { $0.isFinite })
    for threads in 2...3 {
      for _ in 0..<5 { #expect(run(threads: threads) == one) }
    }
  }

  @Test func outputsCanBeLeftOut() {
    let program = Program { tracer in
      let x = tracer.input("x", width: 3)
      tracer.output("double", x * 2)
      tracer.output("triple", x * 3)
    }.without(outputs: ["double"])
    #expect(program.outputs.map(\.name) == ["triple"])
    let executor = Executor(
      program, parameters: ParameterStore(program.parameters, key: RandomKey(seed: 1)), rows: [1],
      steps: 1)
    executor.prepare()
    let shard = executor.shards[0]
    for i in 0..<3 { shard.input("x")[i] = Float(i) }
    shard.forward(0..<1)
    #expect((0..<3).map { shard.output("triple")[$0] } == [0, 3, 6])
  }

  @Test(arguments: [1, 3, 8, 40, 130])
  func stepsOneAtATimeGiveTheSameBits(_ rows: Int) {
    let steps = 37
    let sample = RecurrentSample(rows: rows, steps: steps)
    let whole = RecurrentSample.executor(rows: [rows], steps: steps)
    sample.load(into: whole)
    whole.shards[0].forward(0..<steps)
    whole.shards[0].backward(steps)

    let single = RecurrentSample.executor(rows: [rows], steps: steps)
    sample.load(into: single)
    for step in 0..<steps { single.shards[0].forward(step..<step + 1) }
    single.shards[0].backward(steps)
    #expect(single.shards[0].everything(steps: steps) == whole.shards[0].everything(steps: steps))
    #expect(
      single.shards[0].derivatives(steps: steps) == whole.shards[0].derivatives(steps: steps))

    let uneven = RecurrentSample.executor(rows: [rows], steps: steps)
    sample.load(into: uneven)
    for range in [0..<5, 5..<6, 6..<22, 22..<37] { uneven.shards[0].forward(range) }
    #expect(uneven.shards[0].everything(steps: steps) == whole.shards[0].everything(steps: steps))
  }

  @Test(arguments: [1, 7, 40]) func advancingGivesTheSameBits(_ rows: Int) {
    let steps = 20
    let sample = RecurrentSample(rows: rows, steps: steps)
    let whole = RecurrentSample.executor(rows: [rows], steps: steps)
    sample.load(into: whole)
    whole.shards[0].forward(0..<steps)
    let advancing = RecurrentSample.executor(rows: [rows], steps: 1)
    advancing.prepare()
    let shard = advancing.shards[0]
    sample.load(into: shard, steps: 0..<1)
    for step in 0..<steps {
      let x = shard.input("x")
      let width = rows * RecurrentSample.inputSize
      for i in 0..<width { x[i] = whole.shards[0].input("x")[step * width + i] }
      shard.advance()
      #expect(
        shard.values(of: "y", width: 3, step: 0)
          == whole.shards[0].values(of: "y", width: 3, step: step))
    }
    let size = rows * RecurrentSample.size
    #expect(
      (0..<size).map { shard.state(0)[$0] }
        == (0..<size).map { whole.shards[0].state(0, step: steps)[$0] })
  }

  /// Numbers left behind by longer runs, here NaN, must not leak into shorter ones.
  @Test(arguments: [1, 2, 7, 16, 17, 23]) func shorterRunsIgnoreWhatLiesBehind(_ count: Int) {
    let capacity = 24
    let sample = RecurrentSample(rows: 6, steps: capacity)
    let exact = RecurrentSample.executor(rows: [6], steps: count)
    exact.prepare()
    sample.load(into: exact.shards[0], steps: 0..<count)
    exact.shards[0].forward(0..<count)
    exact.shards[0].backward(count)

    let roomy = RecurrentSample.executor(rows: [6], steps: capacity)
    sample.load(into: roomy)
    let shard = roomy.shards[0]
    shard.forward(0..<capacity)
    shard.backward(capacity)
    for (name, (width, _)) in sample.sequences {
      let target = name == "x" ? shard.input(name) : shard.cotangent(name)
      for i in count * 6 * width..<capacity * 6 * width { target[i] = .nan }
    }
    shard.resetStates()
    shard.forward(0..<count)
    shard.backward(count)
    #expect(shard.everything(steps: count) == exact.shards[0].everything(steps: count))
    let error = relativeError(
      shard.derivatives(steps: count), exact.shards[0].derivatives(steps: count))
    #expect(error < 1e-6, "\(error)")
  }

  @Test func backwardOfNothingIsZero() {
    let executor = RecurrentSample.executor(rows: [3], steps: 4)
    RecurrentSample(rows: 3, steps: 4).load(into: executor)
    executor.shards[0].forward(0..<4)
    executor.shards[0].backward(4)
    executor.shards[0].backward(0)
    #expect(
      (0..<RecurrentSample.program.parameterCount).allSatisfy {
        executor.shards[0].gradient[$0] == 0
      })
  }

  /// The derivative by the states at a border of two windows carries on from one to the other.
  @Test func windowsChain() {
    let sample = RecurrentSample(rows: 6, steps: 14)
    let whole = RecurrentSample.executor(rows: [6], steps: 14)
    sample.load(into: whole)
    whole.shards[0].forward(0..<14)
    whole.shards[0].backward(14)

    let (early, late) = (
      RecurrentSample.executor(rows: [6], steps: 9), RecurrentSample.executor(rows: [6], steps: 5)
    )
    early.prepare()
    late.prepare()
    sample.load(into: early.shards[0], steps: 0..<9)
    sample.load(into: late.shards[0], steps: 9..<14)
    early.shards[0].forward(0..<9)
    let size = 6 * RecurrentSample.size
    late.shards[0].state(0).update(from: early.shards[0].state(0, step: 9), count: size)
    late.shards[0].forward(0..<5)
    late.shards[0].backward(5)
    early.shards[0].stateGradient(0, step: 9)
      .update(from: late.shards[0].stateGradient(0, step: 0), count: size)
    early.shards[0].backward(9, keepsLastStateGradient: true)
    let count = RecurrentSample.program.parameterCount
    let sum = (0..<count).map { early.shards[0].gradient[$0] + late.shards[0].gradient[$0] }
    let error = relativeError(sum, (0..<count).map { whole.shards[0].gradient[$0] })
    #expect(error < 2e-6, "\(error)")
  }

  @Test func shardsAddUpToTheWholeBatch() {
    let sample = RecurrentSample(rows: 30, steps: 25)
    func gradient(_ rows: [Int], _ products: Executor.Products) -> [Float] {
      let executor = RecurrentSample.executor(rows: rows, steps: 25, products: products)
      sample.load(into: executor)
      for shard in executor.shards {
        shard.forward(0..<25)
        shard.backward(25)
      }
      let total = executor.reduceGradients()
      return (0..<RecurrentSample.program.parameterCount).map { total[$0] }
    }
    let whole = gradient([30], .automatic)
    for rows in [[15, 15], [10, 20], [1, 29], [4, 4, 4, 18]] {
      #expect(relativeError(gradient(rows, .automatic), whole) < 1e-5, "\(rows)")
      #expect(relativeError(gradient(rows, .openBLAS), whole) < 1e-5, "\(rows), OpenBLAS")
    }
  }

  @Test(arguments: [1, 7, 30]) func openBLASAgreesWithPackedProducts(_ rows: Int) {
    let sample = RecurrentSample(rows: rows, steps: 25)
    func run(_ products: Executor.Products) -> [Float] {
      let executor = RecurrentSample.executor(rows: [rows], steps: 25, products: products)
      sample.load(into: executor)
      executor.shards[0].forward(0..<25)
      return executor.shards[0].everything(steps: 25)
    }
    #expect(relativeError(run(.openBLAS), run(.automatic)) < 2e-6)
  }

  /// Packed weights follow their parameters.
  @Test func preparationSeesChangedParameters() {
    let sample = RecurrentSample(rows: 4, steps: 3)
    let executor = RecurrentSample.executor(rows: [4], steps: 3)
    sample.load(into: executor)
    executor.shards[0].forward(0..<3)
    let before = executor.shards[0].everything(steps: 3)
    let parameters = executor.parameters.array
    executor.parameters.assign(parameters.map { 0.5 * $0 })
    executor.prepare()
    executor.shards[0].forward(0..<3)
    #expect(executor.shards[0].everything(steps: 3) != before)
    executor.parameters.assign(parameters)
    executor.prepare()
    executor.shards[0].forward(0..<3)
    #expect(executor.shards[0].everything(steps: 3) == before)
  }
}
