import Autodiff

extension SynapticOperations {
  /// For each kind of product the multiply–adds of a step of one sequence: the part that was done,
  /// those that were, and those of dense products.
  ///
  /// - Parameters:
  ///   - forwardSteps: steps of all sequences that were run forward since operations were counted from
  ///     zero.
  ///   - backwardSteps: those that were run backward.
  fileprivate func metrics(_ prefix: String, forwardSteps: Int, backwardSteps: Int) -> [Metric] {
    let counts = [
      ("forward", forward, forwardSteps), ("backward", backward, backwardSteps),
      ("weights", weights, backwardSteps),
    ]
    return counts.filter { $0.1.dense > 0 }.flatMap { name, count, steps in
      [
        Metric("\(prefix)/\(name)", Double(count.executed) / Double(count.dense)),
        Metric("\(prefix)/\(name)/executed", Double(count.executed) / Double(steps)),
        Metric("\(prefix)/\(name)/dense", Double(count.dense) / Double(steps)),
      ]
    }
  }
}

extension Executor {
  /// The multiply–adds of a step of one sequence, for networks of spikes, of events or of few
  /// connections; nothing for others. Counts from zero again.
  ///
  /// - Parameters:
  ///   - forwardSteps: steps of all sequences that were run forward since the last call.
  ///   - backwardSteps: those that were run backward.
  func takeOperationMetrics(
    _ prefix: String = "operations", of program: Program, forwardSteps: Int, backwardSteps: Int
  ) -> [Metric] {
    guard !program.activitySignals.isEmpty || !parameters.sparse.isEmpty else { return [] }
    defer { resetOperations() }
    return operations.metrics(prefix, forwardSteps: forwardSteps, backwardSteps: backwardSteps)
  }
}
