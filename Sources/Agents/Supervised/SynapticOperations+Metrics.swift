import Autodiff

extension SynapticOperations {
  /// For each kind of product the multiply–adds of a step of one sequence: the part that was done,
  /// those that were, and those of dense products.
  ///
  /// - Parameter steps: steps of all sequences since operations were counted from zero.
  func metrics(steps: Int) -> [Metric] {
    let counts = [("forward", forward), ("backward", backward), ("weights", weights)]
    return counts.filter { $0.1.dense > 0 }.flatMap { name, count in
      [
        Metric("operations/\(name)", Double(count.executed) / Double(count.dense)),
        Metric("operations/\(name)/executed", Double(count.executed) / Double(steps)),
        Metric("operations/\(name)/dense", Double(count.dense) / Double(steps)),
      ]
    }
  }
}
