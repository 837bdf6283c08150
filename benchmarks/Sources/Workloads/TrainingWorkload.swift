import Autodiff
import Configuration
import NeuroMod
import Tensor

/// Training steps of a program with a squared error at every step: forward, backward, gradient
/// reduction and Adam.
final class TrainingWorkload: Runnable {
  private let store: ParameterStore
  private let executor: Executor
  private let optimizer: Optimizer
  private let pool: ThreadPool
  private let steps: Int
  private let learningRate: Float

  /// - Parameters:
  ///   - program: reads `x` and `target`, gives `loss`. Other outputs, with which cells say how active they
  ///     are, are no part of the work.
  ///   - spikeProbability: that an input is 1 and not 0; nil for normal numbers.
  init(
    _ program: Program, batch: Int, steps: Int, threads: Int, spikeProbability: Float? = nil,
    learningRate: Float = 1e-3
  ) {
    let program = program.without(
      outputs: program.outputs.map(\.name).filter { $0 != "loss" })
    self.steps = steps
    self.learningRate = learningRate
    store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    executor = Executor(
      program, parameters: store, rows: [batch - batch / 2, batch / 2], steps: steps,
      objectives: ["loss"], keepsStates: false)
    optimizer = Optimizer(.adam(), count: store.layout.count)
    pool = ThreadPool(threads: threads)
    var random = (RandomKey(seed: 2) / "data").stream()
    for shard in executor.shards {
      let count = steps * shard.rows
      for i in 0..<count * shard.inputWidth("x") {
        shard.input("x")[i] =
          spikeProbability.map { random.uniform() < $0 ? 1 : 0 } ?? random.normal()
      }
      for i in 0..<count {
        shard.input("target")[i] = random.normal()
        shard.cotangent("loss")[i] = 1 / Float(batch * steps)
      }
    }
  }

  func run(_ count: Int) {
    for _ in 0..<count {
      executor.prepare()
      pool.run(executor.shards.count) { index in
        let shard = executor.shards[index]
        shard.forward(0..<steps)
        shard.backward(steps)
      }
      optimizer.update(store, gradient: executor.reduceGradients(), learningRate: learningRate)
    }
  }
}

extension Workload {
  private static let inputs = 6

  /// `torch.nn.GRU` with a linear head.
  static func gru(hidden: Int, batch: Int) -> Workload {
    let length = 200
    let arguments = ["--batch", "\(batch)", "--hidden", "\(hidden)", "--length", "\(length)"]
    return Workload(
      name: "gru\(hidden)", step: "training step of \(batch) sequences of \(length)",
      amount: ("samples", Double(batch * length)),
      peers: [
        PeerScript(.torch, "gru.py", arguments), PeerScript(.jax, "gru_jax.py", arguments),
      ]
    ) { threads in
      TrainingWorkload(gruProgram(hidden: hidden), batch: batch, steps: length, threads: threads)
    }
  }

  /// A modulated network as in `peers/nmd.py`.
  static var nmd: Workload {
    Workload(
      name: "nmd", step: "training step of 64 sequences of 100", amount: ("samples", 6400),
      peers: [PeerScript(.torch, "nmd.py"), PeerScript(.jax, "nmd_jax.py")]
    ) { threads in
      TrainingWorkload(nmdProgram(), batch: 64, steps: 100, threads: threads)
    }
  }

  static func gruProgram(hidden: Int) -> Program {
    squaredError { x, tracer in gru(x, hidden: hidden, in: tracer) }
  }

  static func nmdProgram() -> Program {
    squaredError { x, tracer in
      let z = tracer.scope("modulation") {
        Dense(size: 32, activation: .relu)(gru(x, hidden: 64, in: tracer), in: tracer)
      }
      var y = x
      for index in 0..<3 {
        y = tracer.scope("layer\(index)") {
          let layer = ModulatedLayer(
            size: 64, form: .code, activation: .sReLU, weights: WeightInitialization())
          return layer(y, modulation: z, in: tracer).output
        }
      }
      return y
    }
  }

  /// Reset after the product, both biases: PyTorch's form.
  private static func gru(_ x: Value, hidden: Int, in tracer: Tracer) -> Value {
    GRU(size: hidden, reset: .after, candidateBias: true, recurrentBias: true).step(x, in: tracer)
  }

  /// A linear head and a target at every step.
  static func squaredError(
    inputs: Int = Self.inputs, _ body: (Value, Tracer) -> Value
  ) -> Program {
    let tracer = Tracer()
    let x = tracer.input("x", width: inputs)
    let target = tracer.input("target", width: 1)
    let features = body(x, tracer)
    let y = tracer.scope("head") { Dense(size: 1)(features, in: tracer) }
    tracer.output("loss", (y - target).squared())
    return tracer.finish()
  }
}
