import Envs

/// Mean and half the width of its 95 % interval.
struct Estimate {
  let mean: Double
  let margin: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / (count - 1)
    self.mean = mean
    margin = 1.96 * (variance / count).squareRoot()
  }
}
