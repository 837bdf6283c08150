import Autodiff
import Foundation

/// A number that carries its derivatives by all parameters along: forward differentiation, which shares
/// nothing with backpropagation.
struct Dual {
  var value: Double
  var tangent: [Double]

  /// A number that depends on no parameter.
  init(_ value: Double, count: Int) {
    self.value = value
    tangent = Array(repeating: 0, count: count)
  }

  /// Parameter number `index`.
  init(_ value: Double, parameter index: Int, of count: Int) {
    self.init(value, count: count)
    tangent[index] = 1
  }

  private init(_ value: Double, _ tangent: [Double]) {
    self.value = value
    self.tangent = tangent
  }

  private static func combine(
    _ a: Dual, _ b: Dual, _ value: Double, _ byA: Double, _ byB: Double
  ) -> Dual {
    Dual(value, zip(a.tangent, b.tangent).map { byA * $0 + byB * $1 })
  }

  private func map(_ value: Double, slope: Double) -> Dual {
    Dual(value, tangent.map { slope * $0 })
  }

  static func + (a: Dual, b: Dual) -> Dual { combine(a, b, a.value + b.value, 1, 1) }
  static func - (a: Dual, b: Dual) -> Dual { combine(a, b, a.value - b.value, 1, -1) }
  static func * (a: Dual, b: Dual) -> Dual { combine(a, b, a.value * b.value, b.value, a.value) }
  static func / (a: Dual, b: Dual) -> Dual {
    combine(a, b, a.value / b.value, 1 / b.value, -a.value / (b.value * b.value))
  }
  static func * (a: Double, b: Dual) -> Dual { b.map(a * b.value, slope: a) }
  static func + (a: Double, b: Dual) -> Dual { b.map(a + b.value, slope: 1) }
  static func - (a: Double, b: Dual) -> Dual { b.map(a - b.value, slope: -1) }

  func sigmoid() -> Dual {
    let y = 1 / (1 + exp(-value))
    return map(y, slope: y * (1 - y))
  }

  func tanh() -> Dual {
    let y = Foundation.tanh(value)
    return map(y, slope: 1 - y * y)
  }

  /// 0 or 1, with the surrogate's slope.
  func spike(_ surrogate: Surrogate) -> Dual {
    map(value > 0 ? 1 : 0, slope: surrogate.derivative(value))
  }

  /// The value without its derivatives.
  var stopped: Dual { map(value, slope: 0) }
}
