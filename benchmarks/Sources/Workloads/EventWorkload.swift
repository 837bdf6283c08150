import Autodiff
import NeuroMod
import Tensor

/// One sequence through a layer of event-based gated units, forward, or forward and backward: what silence is
/// worth where nothing else hides it.
final class EventWorkload: Runnable {
  private static let inputs = 8
  fileprivate static let steps = 256

  private let executor: Executor
  private let pool: ThreadPool
  private let learns: Bool

  /// - Parameters:
  ///   - size: units, of which about a tenth speak in a step; the surrogates of about four fifths are zero.
  ///   - learns: whether to run backward, too.
  init(size: Int, products: Executor.Products, learns: Bool, threads: Int) {
    self.learns = learns
    pool = ThreadPool(threads: threads)
    var cell = EGRU()
    (cell.size, cell.thresholdMean, cell.learnsThreshold) = (size, 0.5, false)
    cell.surrogate.halfWidth = 0.2
    cell.weights.scale = 8
    let tracer = Tracer()
    tracer.output("y", cell.step(tracer.input("x", width: Self.inputs), in: tracer))
    let program = tracer.finish()
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    executor = Executor(
      program, parameters: store, rows: [1], steps: Self.steps, objectives: ["y"],
      products: products)
    executor.prepare()
    let shard = executor.shards[0]
    var random = (RandomKey(seed: 2) / "data").stream()
    for i in 0..<Self.steps * Self.inputs { shard.input("x")[i] = random.normal() }
    for i in 0..<Self.steps * size { shard.cotangent("y")[i] = random.normal() }
    run(1)
    let silent = Self.mean(of: CellOutput.backwardSparsity, of: size, in: shard)
    let active = Self.mean(of: CellOutput.activity, of: size, in: shard)
    precondition(
      abs(active - 0.1) < 0.03 && abs(silent - 0.8) < 0.05,
      "\(active) of the units are active, the surrogates of \(silent) are zero")
  }

  private static func mean(of signal: String, of size: Int, in shard: Shard) -> Float {
    let sums = (0..<steps).map { step in
      let row = shard.output(signal, step: step)
      return (0..<size).reduce(0) { $0 + row[$1] }
    }
    return sums.reduce(0, +) / Float(steps * size)
  }

  func run(_ count: Int) {
    let (steps, learns) = (Self.steps, learns)
    for _ in 0..<count {
      pool.run(executor.shards.count) { index in
        let shard = executor.shards[index]
        shard.forward(0..<steps)
        if learns { shard.backward(steps) }
      }
    }
  }
}

extension Workload {
  /// A row with products of all numbers, and one without those of silent units, forward and with the gradient.
  static func events(size: Int) -> [Workload] {
    [(false, "forward"), (true, "gradient")].flatMap { learns, pass in
      [(Executor.Products.dense, "-dense"), (.events, "")].map { products, suffix in
        Workload(
          name: "egru\(size)-\(pass)\(suffix)",
          step:
            "\(learns ? "forward and backward" : "forward"), one sequence of \(EventWorkload.steps)",
          amount: ("steps", Double(EventWorkload.steps))
        ) { threads in
          EventWorkload(size: size, products: products, learns: learns, threads: threads)
        }
      }
    }
  }
}
