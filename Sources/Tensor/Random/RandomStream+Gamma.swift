import Glibc

extension RandomStream {
  /// A number of the gamma distribution with the given shape and scale 1.
  ///
  /// Source: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM
  /// Transactions on Mathematical Software 26, 2000, with its power of a uniform number for shapes
  /// below 1.
  public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0, "a gamma distribution needs a positive shape")
    if shape < 1 {
      let power = pow(1 - uniformDouble(), 1 / shape)
      return gamma(shape: shape + 1) * power
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let v = pow(1 + c * x, 3)
      guard v > 0 else { continue }
      let u = 1 - uniformDouble()
      if log(u) < 0.5 * x * x + d * (1 - v + log(v)) { return d * v }
    }
  }
}
