import Autodiff
import NeuroMod
import Tensor

/// How well one set of numbers predicts another: the share of variance explained on held-out samples.
///
/// The first 70 % of the samples are learned from, the rest is tested on. Models minimise the mean
/// squared error with a ridge penalty on their matrices W,
///
/// ```
/// mean |y − ŷ|² + λ |W|²
/// ```
///
/// with the λ out of ``penalties`` that predicts best: they are fitted to the first four fifths of what
/// is learned from and compared on the last fifth, then the best one is fitted to all of it. What is
/// tested on takes no part in the choice.
package struct Regression {
  /// The weights λ of the ridge penalty that are tried.
  package static let penalties = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]

  /// `[samples × inputs]`, with zero mean and unit variance over the samples learned from.
  private let inputs: [[Double]]
  /// `[samples × targets]`, likewise.
  private let targets: [[Double]]
  private let learned: Int

  /// A question to `[samples × inputs]` and `[samples × targets]` numbers, of ten samples at least.
  package init(inputs: [[Double]], targets: [[Double]]) {
    learned = inputs.count * 7 / 10
    self.inputs = Self.standardise(inputs, over: learned)
    self.targets = Self.standardise(targets, over: learned)
  }

  /// R² of linear regression.
  package func linear() -> Double { explained(by: fitLinear) }

  /// R² of a network with one hidden layer of tanh units.
  package func hiddenLayer(key: RandomKey) -> Double {
    explained { fitHiddenLayer(penalty: $0, samples: $1, key: key) }
  }

  // MARK: Choosing the penalty

  /// Fits a model to the first `samples` samples; its predictions are `[samples × targets]` of all.
  private typealias Fit = (_ penalty: Double, _ samples: Int) -> [[Double]]

  private func explained(by fit: Fit) -> Double {
    let fitted = learned * 4 / 5
    let scores = Self.penalties.map { explained(by: fit($0, fitted), fitted..<learned) }
    // A constant target is explained by no model; any penalty will do.
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    return explained(by: fit(Self.penalties[best], learned), learned..<inputs.count)
  }

  /// 1 − Σ (y − ŷ)² / Σ (y − ȳ)² over the samples `held` and all targets.
  private func explained(by predictions: [[Double]], _ held: Range<Int>) -> Double {
    var (residual, total) = (0.0, 0.0)
    for k in targets[0].indices {
      let mean = held.reduce(0) { $0 + targets[$1][k] } / Double(held.count)
      for sample in held {
        let (y, prediction) = (targets[sample][k], predictions[sample][k])
        residual += (y - prediction) * (y - prediction)
        total += (y - mean) * (y - mean)
      }
    }
    return total > 0 ? 1 - residual / total : .nan
  }

  // MARK: Models

  /// The closed form. Means are zero, so there is no intercept.
  private func fitLinear(penalty: Double, samples: Int) -> [[Double]] {
    let size = inputs[0].count
    var normal = [[Double]](repeating: Array(repeating: 0, count: size), count: size)
    var right = [[Double]](repeating: Array(repeating: 0, count: targets[0].count), count: size)
    for sample in 0..<samples {
      for i in 0..<size {
        for j in 0..<size { normal[i][j] += inputs[sample][i] * inputs[sample][j] }
        for k in targets[0].indices { right[i][k] += inputs[sample][i] * targets[sample][k] }
      }
    }
    for i in 0..<size { normal[i][i] += penalty * Double(samples) }
    let solution = Self.solve(normal, right)
    return inputs.map { row in
      targets[0].indices.map { k in (0..<size).reduce(0) { $0 + row[$1] * solution[$1][k] } }
    }
  }

  /// 32 units, 600 updates of Adam over all samples at once.
  private func fitHiddenLayer(penalty: Double, samples: Int, key: RandomKey) -> [[Double]] {
    let width = targets[0].count
    let weights = WeightInitialization(.glorot, scale: 1)
    let program = Program { tracer in
      let hidden = tracer.scope("hidden") {
        Dense(size: 32, activation: .tanh, weights: weights)(
          tracer.input("x", width: inputs[0].count), in: tracer)
      }
      let y = tracer.scope("output") { Dense(size: width, weights: weights)(hidden, in: tracer) }
      tracer.output("y", y)
      tracer.output("error", (y - tracer.input("target", width: width)).squared().sum())
    }
    let parameters = ParameterStore(program.parameters, key: key)
    let optimizer = Optimizer(.adam(), count: parameters.layout.count)
    let executor = Executor(
      program, parameters: parameters, rows: [inputs.count], steps: 1, objectives: ["error"])
    let shard = executor.shards[0]
    shard.setInput("x", to: inputs.joined().map(Float.init))
    shard.setInput("target", to: targets.joined().map(Float.init))
    for sample in inputs.indices {
      shard.cotangent("error")[sample] = sample < samples ? 1 / Float(samples) : 0
    }
    for _ in 0..<600 {
      executor.prepare()
      shard.forward(0..<1)
      shard.backward(1)
      let gradient = executor.reduceGradients()
      for (parameter, first) in zip(program.parameters, parameters.layout.offsets)
      where !parameter.isVector {
        for i in first..<first + parameter.count {
          gradient[i] += 2 * Float(penalty) * parameters.values[i]
        }
      }
      optimizer.update(parameters, gradient: gradient, learningRate: 1e-2)
    }
    executor.prepare()
    shard.forward(0..<1)
    let predictions = shard.output("y")
    return inputs.indices.map { sample in
      (0..<width).map { Double(predictions[sample * width + $0]) }
    }
  }

  /// The samples with their targets in random order: what chance explains.
  package func shuffled(using random: inout RandomStream) -> Regression {
    let order = random.permutation(targets.count)
    return Regression(inputs: inputs, targets: order.map { targets[$0] })
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
