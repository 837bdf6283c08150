import Envs

/// Mean and half the width of its 95 % interval.
struct Estimate: Decodable {
  /// Half the width of a 95 % interval in standard errors.
  private static let width = 1.96

  let mean: Double
  let margin: Double

  init(mean: Double, margin: Double) {
    self.mean = mean
    self.margin = margin
  }

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / (count - 1)
    self.mean = mean
    margin = Self.width * (variance / count).squareRoot()
  }

  /// The standard error of the difference from an independent estimate.
  func standardError(ofDifferenceFrom other: Estimate) -> Double {
    (margin * margin + other.margin * other.margin).squareRoot() / Self.width
  }
}
