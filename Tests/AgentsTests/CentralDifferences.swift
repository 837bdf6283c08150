/// Numbers of a network by name.
typealias Weights = [String: [Double]]

/// The derivative of `objective` by each weight, by central differences.
func differences(of objective: (Weights) -> Double, at weights: Weights) -> Weights {
  let step = 1e-6
  var gradient: Weights = [:]
  for (name, numbers) in weights {
    gradient[name] = numbers.indices.map { index in
      func loss(_ change: Double) -> Double {
        var changed = weights
        changed[name]![index] += change
        return objective(changed)
      }
      return (loss(step) - loss(-step)) / (2 * step)
    }
  }
  return gradient
}
