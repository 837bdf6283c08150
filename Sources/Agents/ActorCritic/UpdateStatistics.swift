/// Means of what updates report, over one iteration of the run.
struct UpdateStatistics {
  private(set) var policyLoss = 0.0
  private(set) var valueLoss = 0.0
  private(set) var entropy = 0.0
  private(set) var gradientNorm = 0.0
  private(set) var updates = 0

  mutating func add(policyLoss: Double, valueLoss: Double, entropy: Double, gradientNorm: Double) {
    self.policyLoss += policyLoss
    self.valueLoss += valueLoss
    self.entropy += entropy
    self.gradientNorm += gradientNorm
    updates += 1
  }

  var metrics: [Metric] {
    let count = Double(max(updates, 1))
    return [
      Metric("policy/loss", policyLoss / count), Metric("policy/entropy", entropy / count),
      Metric("value/loss", valueLoss / count), Metric("update/gradientNorm", gradientNorm / count),
    ]
  }
}
