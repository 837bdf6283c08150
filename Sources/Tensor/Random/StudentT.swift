import Glibc

/// Student's t distribution.
public struct StudentT: Sendable, Hashable {
  /// Degrees of freedom, above zero.
  public let degrees: Double

  /// The distribution with `degrees` of freedom.
  public init(degrees: Double) {
    precondition(degrees > 0, "Student's t needs positive degrees of freedom")
    self.degrees = degrees
  }

  /// The probability of a value up to `t`.
  public func cumulative(_ t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : t < 0 ? 0 : 1 }
    let tail = tail(abs(t))
    return t < 0 ? tail : 1 - tail
  }

  /// The value that lies above the fraction `probability`, found by bisection.
  public func quantile(_ probability: Double) -> Double {
    guard probability >= 0, probability <= 1 else { return .nan }
    if probability == 0.5 { return 0 }
    let wanted = min(probability, 1 - probability)
    guard wanted > 0 else { return probability < 0.5 ? -.infinity : .infinity }
    var low = 0.0
    var high = 1.0
    while high < 1e300, tail(high) > wanted { (low, high) = (high, high * 2) }
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if tail(middle) > wanted { low = middle } else { high = middle }
    }
    return probability < 0.5 ? -high : high
  }

  /// The probability of a value above `t` ≥ 0: half of I(ν / (ν + t²); ν / 2, 1 / 2).
  private func tail(_ t: Double) -> Double {
    let square = t * t
    return 0.5
      * Self.incompleteBeta(
        degrees / (degrees + square), complement: square / (degrees + square), a: degrees / 2,
        b: 0.5)
  }

  /// The regularised incomplete beta function I(x; a, b), with 1 - x given apart to keep its digits.
  private static func incompleteBeta(
    _ x: Double, complement: Double, a: Double, b: Double
  ) -> Double {
    guard x > 0 else { return 0 }
    guard complement > 0 else { return 1 }
    if x > (a + 1) / (a + b + 2) {
      return 1 - incompleteBeta(complement, complement: x, a: b, b: a)
    }
    let front = exp(
      lgamma(a + b).0 - lgamma(a).0 - lgamma(b).0 + a * log(x)
        + b * (complement < 0.5 ? log(complement) : log1p(-x)))
    return front / a * betaFraction(x, a, b)
  }

  /// The continued fraction of the incomplete beta function by Lentz's method.
  private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / kept(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1...10_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / kept(1 + even * d)
      c = kept(1 + even / c)
      result *= d * c
      d = 1 / kept(1 + odd * d)
      c = kept(1 + odd / c)
      result *= d * c
      if abs(d * c - 1) < 1e-16 { break }
    }
    return result
  }
}
