import Autodiff
import Tensor

/// A program with gates, a bias, a reset state and two outputs, and numbers to run it on.
struct RecurrentSample {
  static let (inputSize, size) = (5, 24)
  static let objectives = ["y", "sum"]

  static let program: Program = {
    let tracer = Tracer()
    let x = tracer.input("x", width: inputSize)
    let h = tracer.state("h", width: size, initial: 0.25)
    let input = tracer.matrix("input", rows: inputSize, columns: 2 * size, .normal(0.4))
    let recurrent = tracer.matrix("recurrent", rows: size, columns: 2 * size, .normal(0.2))
    let gates = x.product(input) + h.product(recurrent) + tracer.vector("bias", width: 2 * size)
    let gate = gates[0..<size].sigmoid()
    let next = gate * h + (1 - gate) * gates[size..<2 * size].tanh()
    tracer.update(h, to: next)
    let readout = tracer.matrix("readout", rows: size, columns: 3, .normal(0.3))
    tracer.output("y", next.product(readout).clamped(-1, 1))
    tracer.output("sum", (h * next).sum())
    return tracer.finish()
  }()

  /// `[steps × rows × width]` of the input and of the cotangents of the objectives.
  let sequences: [String: (width: Int, values: [Float])]
  let rows: Int
  let steps: Int

  init(rows: Int, steps: Int, seed: UInt64 = 5) {
    var random = (RandomKey(seed: seed) / "sample").stream()
    func draw(_ width: Int) -> (width: Int, values: [Float]) {
      (width, (0..<steps * rows * width).map { _ in random.uniform(-1, 1) })
    }
    self.rows = rows
    self.steps = steps
    sequences = ["x": draw(Self.inputSize), "y": draw(3), "sum": draw(1)]
  }

  static func store() -> ParameterStore {
    ParameterStore(program.parameters, key: RandomKey(seed: 11))
  }

  static func executor(
    rows: [Int], steps: Int, products: Executor.Products = .automatic,
    elementwise: Executor.Elementwise = .automatic
  ) -> Executor {
    Executor(
      program, parameters: store(), rows: rows, steps: steps, objectives: objectives,
      inputGradients: ["x"], products: products, elementwise: elementwise)
  }

  /// Copies `steps` of this sample, from row `firstRow` on, into a shard.
  func load(into shard: Shard, firstRow: Int = 0, steps range: Range<Int>? = nil) {
    let range = range ?? 0..<steps
    for (name, (width, values)) in sequences {
      let target = name == "x" ? shard.input(name) : shard.cotangent(name)
      for (place, step) in range.enumerated() {
        for i in 0..<shard.rows * width {
          target[place * shard.rows * width + i] = values[(step * rows + firstRow) * width + i]
        }
      }
    }
    shard.resetStates()
  }

  /// Loads consecutive rows into the shards of an executor and brings its weights up to date.
  func load(into executor: Executor) {
    var firstRow = 0
    for shard in executor.shards {
      load(into: shard, firstRow: firstRow)
      firstRow += shard.rows
    }
    executor.prepare()
  }
}

extension Shard {
  /// Output `name` at `step`, row after row.
  func values(of name: String, width: Int, step: Int) -> [Float] {
    let pointer = output(name, step: step)
    let stride = outputStride(name)
    return (0..<rows * width).map { pointer[$0 / width * stride + $0 % width] }
  }

  /// Every output of ``RecurrentSample`` up to `steps`, and the state behind the last step.
  func everything(steps: Int) -> [Float] {
    (0..<steps).flatMap {
      values(of: "y", width: 3, step: $0) + values(of: "sum", width: 1, step: $0)
    }
      + (0..<rows * RecurrentSample.size).map { state(0, step: steps)[$0] }
  }

  /// Derivatives by parameters, by the first state and by the inputs.
  func derivatives(steps: Int) -> [Float] {
    let count = RecurrentSample.program.parameterCount
    return (0..<count).map { gradient[$0] }
      + (0..<rows * RecurrentSample.size).map { stateGradient(0, step: 0)[$0] }
      + inputGradient("x").map { pointer in
        (0..<steps * rows * RecurrentSample.inputSize).map { pointer[$0] }
      }!
  }
}

/// The largest difference, relative to the largest magnitude of `b`.
func relativeError(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .nan }
  let scale = b.map(abs).max() ?? 1
  return (zip(a, b).map { abs($0 - $1) }.max() ?? 0) / max(scale, .leastNormalMagnitude)
}
