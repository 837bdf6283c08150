import Autodiff
import NeuroMod
import Tensor

extension KLProximalAgent {
  /// Updates in a row that may fail before the training is given up.
  private static let toleratedFailures = 10

  /// Updates the policy from the episodes just played, or leaves it as it was where that goes too far.
  ///
  /// - Throws: ``NumericalError`` where updates fail again and again.
  func updatePolicy() throws -> [Metric] {
    let before = policyParameters.array
    let restoreOptimizer = policyOptimizer.makeRestorePoint()
    loadPolicyData()
    policyPricing.restart()
    let count = Float(learned * options.episodesPerIteration)
    let weights = [
      (Port.surrogate, -1 / count), (Port.divergence, Float(servo.weight) / count),
      (Port.excess, Float(options.excessWeight) / count),
    ]
    for shard in learning.shards {
      for (name, weight) in weights {
        shard.cotangent(name).update(repeating: weight, count: options.window * shard.rows)
      }
    }
    var norm = 0.0
    var failure: NumericalError?
    var updates = 0
    for _ in 0..<options.policyEpochs {
      learning.prepare()
      pool.run(learning.shards.count) { index in
        learning.shards[index].forward(0..<options.window)
      }
      if policyPricing.isPriced {
        policyPricing.price(
          learning.shards, steps: { _ in options.window },
          rows: { shard, _ in learning.shards[shard].rows })
      }
      pool.run(learning.shards.count) { index in
        let shard = learning.shards[index]
        policyPricing.passDerivatives(to: shard, steps: options.window) { _ in shard.rows }
        shard.backward(options.window)
      }
      updates += 1
      let gradient = learning.reduceGradients()
      norm = Optimizer.norm(gradient, count: policyParameters.layout.count)
      guard norm.isFinite else {
        failure = NumericalError(
          "policy gradient", gradient, of: policyParameters, iteration: progress.iterations + 1)
        break
      }
      policyOptimizer.update(
        policyParameters, gradient: gradient,
        learningRate: options.policyLearningRate * Float(servo.rateFactor * schedule),
        scale: options.gradientNormLimit > 0
          ? Optimizer.clippingScale(norm: norm, limit: options.gradientNormLimit) : 1)
    }
    let divergence = norm.isFinite ? measureDivergence() : .nan
    let verdict = servo.observe(divergence, scale: schedule)
    if verdict == .rollBack {
      policyParameters.assign(before)
      restoreOptimizer()
    }
    // A single failure is undone, as published; a lasting one would be undone for ever.
    if servo.failures >= Self.toleratedFailures {
      throw failure
        ?? NumericalError(quantity: "policy divergence", iteration: progress.iterations + 1)
    }
    let steps = updates * learned * options.episodesPerIteration
    return [
      Metric("policy/divergence", divergence), Metric("policy/divergenceWeight", servo.weight),
      Metric("policy/rateFactor", servo.rateFactor),
      Metric("policy/rolledBack", verdict == .rollBack ? 1 : 0),
      Metric("policy/gradientNorm", norm), Metric("policy/meanLogVariance", meanLogVariance()),
    ] + policyPricing.metrics("policy/penalty")
      + learning.takeOperationMetrics(
        "operations/actor", of: programs.policyLoss, forwardSteps: steps, backwardSteps: steps)
      + policyOptimizer.rewiringMetrics(of: policyParameters, "rewiring/actor")
  }

  /// Cuts the learned steps into windows, which become rows of the learning executor, and hands the
  /// old policy's means and variances to both executors that need them.
  private func loadPolicyData() {
    pool.run(batches.count) { index in
      let batch = batches[index]
      let (source, target) = (batch.acting, learning.shards[index])
      for (place, first) in stride(from: 0, to: learned, by: options.window).enumerated() {
        let row = place * batch.rows
        for name in Rollout.inputNames {
          source.copyInput(name, from: first, steps: options.window, to: target, row: row)
        }
        let start = first * batch.rows
        let sequences: [(UnsafePointer<Float>, Int, String)] = [
          (UnsafePointer(batch.actions.pointer), batch.actionSize, Port.action),
          (UnsafePointer(batch.advantages.pointer), 1, Port.advantage),
          (source.output(Port.mean), batch.actionSize, Port.oldMean),
          (source.output(Port.logVariance), batch.actionSize, Port.oldLogVariance),
        ]
        for (numbers, width, name) in sequences {
          source.copy(
            numbers + start * width, steps: options.window, width: width, to: target, name, row: row
          )
        }
        for (state, width) in source.stateWidths.enumerated() {
          (target.state(state) + row * width).update(
            from: source.state(state, step: first), count: batch.rows * width)
        }
      }
      let measured = measuring.shards[index]
      for name in Rollout.inputNames { source.copyInput(name, to: measured, steps: learned) }
      source.copy(
        source.output(Port.mean), steps: learned, width: batch.actionSize, to: measured,
        Port.oldMean, row: 0)
      source.copy(
        source.output(Port.logVariance), steps: learned, width: batch.actionSize, to: measured,
        Port.oldLogVariance, row: 0)
    }
  }

  /// The mean divergence of the updated policy from the one that played, by a full unroll.
  private func measureDivergence() -> Double {
    measuring.prepare()
    pool.run(measuring.shards.count) { index in
      measuring.shards[index].resetStates()
      measuring.shards[index].forward(0..<learned)
    }
    var sum = 0.0
    for shard in measuring.shards {
      let divergence = shard.output(Port.divergence)
      for i in 0..<learned * shard.rows { sum += Double(divergence[i]) }
    }
    return sum / Double(learned * options.episodesPerIteration)
  }

  private func meanLogVariance() -> Double {
    var (sum, count) = (0.0, 0)
    for batch in batches {
      let numbers = batch.acting.output(Port.logVariance)
      count += learned * batch.rows * batch.actionSize
      for i in 0..<learned * batch.rows * batch.actionSize { sum += Double(numbers[i]) }
    }
    return sum / Double(count)
  }
}
