import Autodiff
import NeuroMod
import Tensor

/// How well one set of numbers predicts another: the share of variance explained on held-out samples.
struct Regression {
  /// `[samples × inputs]`
  let inputs: [[Double]]
  /// `[samples × targets]`
  let targets: [[Double]]

  /// The first 70 % of the samples are learned from, the rest is tested on.
  private var split: Int { inputs.count * 7 / 10 }

  /// R² of ridge regression with an intercept, on the held-out samples; inputs are standardised.
  func linear(ridge: Double = 1e-3) -> Double {
    let standardised = Self.standardise(inputs, over: split)
    let rows = standardised.map { $0 + [1] }
    let size = rows[0].count
    var normal = [[Double]](repeating: Array(repeating: 0, count: size), count: size)
    var right = [[Double]](repeating: Array(repeating: 0, count: targets[0].count), count: size)
    for sample in 0..<split {
      for i in 0..<size {
        for j in 0..<size { normal[i][j] += rows[sample][i] * rows[sample][j] }
        for k in targets[0].indices { right[i][k] += rows[sample][i] * targets[sample][k] }
      }
    }
    for i in 0..<size { normal[i][i] += ridge * Double(split) }
    let solution = Self.solve(normal, right)
    return explained { sample in
      targets[0].indices.map { k in
        (0..<size).reduce(0) { $0 + rows[sample][$1] * solution[$1][k] }
      }
    }
  }

  /// R² of a network with one hidden layer of tanh units, on the held-out samples.
  func hiddenLayer(units: Int = 32, updates: Int = 600, key: RandomKey) -> Double {
    let standardised = Self.standardise(inputs, over: split)
    let scaledTargets = Self.standardise(targets, over: split)
    let tracer = Tracer()
    let weights = WeightInitialization(.glorot, scale: 1)
    let hidden = tracer.scope("hidden") {
      Dense(size: units, activation: .tanh, weights: weights)(
        tracer.input("x", width: inputs[0].count), in: tracer)
    }
    let y = tracer.scope("output") {
      Dense(size: targets[0].count, weights: weights)(hidden, in: tracer)
    }
    tracer.output("y", y)
    tracer.output(
      "loss", (y - tracer.input("target", width: targets[0].count)).squared().sum())
    let program = tracer.finish()
    let store = ParameterStore(program.parameters, key: key)
    let optimizer = Optimizer(.adam(), count: store.layout.count)
    let executor = Executor(
      program, parameters: store, rows: [inputs.count], steps: 1, objectives: ["loss"])
    let shard = executor.shards[0]
    for (i, x) in standardised.joined().enumerated() { shard.input("x")[i] = Float(x) }
    for (i, x) in scaledTargets.joined().enumerated() { shard.input("target")[i] = Float(x) }
    for sample in 0..<inputs.count {
      shard.cotangent("loss")[sample] = sample < split ? 1 / Float(split) : 0
    }
    for _ in 0..<updates {
      executor.prepare()
      shard.forward(0..<1)
      shard.backward(1)
      optimizer.update(store, gradient: executor.reduceGradients(), learningRate: 1e-2)
    }
    executor.prepare()
    shard.forward(0..<1)
    let width = targets[0].count
    let scaled = Regression(inputs: standardised, targets: scaledTargets)
    return scaled.explained { sample in
      (0..<width).map { Double(shard.output("y")[sample * width + $0]) }
    }
  }

  /// The samples with their targets in random order: what chance explains.
  func shuffled(using random: inout RandomStream) -> Regression {
    let order = random.permutation(targets.count)
    return Regression(inputs: inputs, targets: order.map { targets[$0] })
  }

  /// 1 − Σ (y − ŷ)² / Σ (y − ȳ)² over all held-out samples and targets.
  private func explained(_ prediction: (Int) -> [Double]) -> Double {
    let held = split..<inputs.count
    var (residual, total) = (0.0, 0.0)
    for k in targets[0].indices {
      let mean = held.reduce(0) { $0 + targets[$1][k] } / Double(held.count)
      for sample in held { total += (targets[sample][k] - mean) * (targets[sample][k] - mean) }
    }
    for sample in held {
      for (y, estimate) in zip(targets[sample], prediction(sample)) {
        residual += (y - estimate) * (y - estimate)
      }
    }
    return total > 0 ? 1 - residual / total : .nan
  }

  /// Zero mean and unit variance over the first `count` samples; constant columns become zero.
  private static func standardise(_ rows: [[Double]], over count: Int) -> [[Double]] {
    let columns = rows[0].indices.map { column -> (mean: Double, factor: Double) in
      let mean = rows[..<count].reduce(0) { $0 + $1[column] } / Double(count)
      let variance =
        rows[..<count].reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) } / Double(count)
      return (mean, variance > 1e-12 ? 1 / variance.squareRoot() : 0)
    }
    return rows.map { row in zip(row, columns).map { ($0 - $1.mean) * $1.factor } }
  }

  /// Gaussian elimination with row exchange.
  private static func solve(_ matrix: [[Double]], _ right: [[Double]]) -> [[Double]] {
    var (a, b) = (matrix, right)
    let size = a.count
    for column in 0..<size {
      let pivot = (column..<size).max { abs(a[$0][column]) < abs(a[$1][column]) }!
      a.swapAt(column, pivot)
      b.swapAt(column, pivot)
      for row in column + 1..<size {
        let factor = a[row][column] / a[column][column]
        for k in column..<size { a[row][k] -= factor * a[column][k] }
        for k in b[row].indices { b[row][k] -= factor * b[column][k] }
      }
    }
    for row in (0..<size).reversed() {
      for k in b[row].indices {
        for column in row + 1..<size { b[row][k] -= a[row][column] * b[column][k] }
        b[row][k] /= a[row][row]
      }
    }
    return b
  }
}
