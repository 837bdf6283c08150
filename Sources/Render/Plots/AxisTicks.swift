import Glibc

/// The numbers written along an axis: round, evenly spaced, few.
public struct AxisTicks: Sendable, Equatable {
  /// The values, ascending, all inside the range they were made for.
  public let values: [Double]
  /// The text for each value.
  public let labels: [String]

  /// Ticks inside `range`, about `count` steps of 1, 2 or 5 times a power of ten.
  public init(in range: ClosedRange<Double>, about count: Int) {
    let range = AxisRange.usable(range)
    let width = (range.upperBound / 2 - range.lowerBound / 2) * 2
    let step = Self.roundStep(width / Double(max(count, 1)))
    let slack = step * 1e-9
    let first = ((range.lowerBound - slack) / step).rounded(.up)
    let last = ((range.upperBound + slack) / step).rounded(.down)
    guard step > 0, first <= last, last - first < 1000, max(abs(first), abs(last)) < 0x1p52 else {
      values = [range.lowerBound, range.upperBound]
      labels = values.map { "\($0)" }
      return
    }
    // Multiples of a power of ten below one are quotients: 3 / 10 is 0.3, 3 * 0.1 is not.
    let exponent = (log10(step) + 1e-9).rounded(.down) - 1
    let mantissa = (step / pow(10, exponent)).rounded()
    values = (0...Int(last - first)).map { i in
      let multiple = (first + Double(i)) * mantissa
      let value = exponent < 0 ? multiple / pow(10, -exponent) : multiple * pow(10, exponent)
      return value == 0 || !value.isFinite ? (first + Double(i)) * step : value
    }
    labels = Self.labels(values, step: step)
  }

  /// Ticks inside `range`, about `count` steps, or as many more as it takes for three ticks: fewer do
  /// not show a scale.
  public static func legible(in range: ClosedRange<Double>, about count: Int) -> AxisTicks {
    let ticks = AxisTicks(in: range, about: count)
    // Five steps are rounded to three at least.
    guard ticks.values.count < 3, count < 5 else { return ticks }
    return legible(in: range, about: count + 1)
  }

  /// The first, third … of them, for axes without room for all.
  public var everySecond: AxisTicks {
    let places = stride(from: 0, to: values.count, by: 2)
    return AxisTicks(values: places.map { values[$0] }, labels: places.map { labels[$0] })
  }

  private init(values: [Double], labels: [String]) {
    self.values = values
    self.labels = labels
  }

  /// The round step nearest to `rough` as a ratio.
  private static func roundStep(_ rough: Double) -> Double {
    let power = pow(10, log10(rough).rounded(.down))
    let fraction = rough / power
    let factor = [1.0, 2, 5, 10].min { abs(log(fraction / $0)) < abs(log(fraction / $1)) } ?? 1
    return factor * power
  }

  /// The values in one shared unit: plain, thousands (k) to trillions (T), or a power of ten.
  private static func labels(_ values: [Double], step: Double) -> [String] {
    let largest = values.map(abs).max() ?? 0
    let units: [(size: Double, suffix: String)] = [
      (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""),
    ]
    if largest != 0, largest >= 1e15 || largest < 1e-3 {
      let exponent = (log10(largest) + 1e-9).rounded(.down)
      let suffix = "×10" + superscript(Int(exponent))
      return values.map { label($0 / pow(10, exponent), step / pow(10, exponent), suffix) }
    }
    let unit = units.first { largest >= $0.size && ($0.size != 1e3 || largest >= 1e4) }
    let (size, suffix) = unit ?? (1, "")
    return values.map { label($0 / size, step / size, suffix) }
  }

  private static func label(_ value: Double, _ step: Double, _ suffix: String) -> String {
    guard abs(value) > step * 1e-6 else { return "0" }
    let decimals = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    return decimalText(value, decimals: decimals) + suffix
  }

  static func superscript(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (exponent < 0 ? "⁻" : "")
      + String("\(abs(exponent))".compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }
}

/// `values` to three significant digits, all with as few decimals as the longest of them needs.
func valueLabels(_ values: [Double]) -> [String] {
  let largest = values.lazy.filter(\.isFinite).map(abs).max() ?? 0
  guard largest < 1e6, largest >= 1e-3 else {
    return values.map { value in
      guard value.isFinite, value != 0 else { return "\(value == 0 ? 0 : value)" }
      let exponent = log10(abs(value)).rounded(.down)
      return decimalText(value / pow(10, exponent), decimals: 1) + "×10"
        + AxisTicks.superscript(Int(exponent))
    }
  }
  func needed(_ value: Double) -> Int {
    guard value.isFinite, value != 0 else { return 0 }
    let most = min(max(0, 2 - Int(log10(abs(value)).rounded(.down))), 4)
    let digits = Array(decimalText(value, decimals: most))
    return max(0, most - digits.reversed().prefix { $0 == "0" }.count)
  }
  let decimals = values.map(needed).max() ?? 0
  return values.map { $0.isFinite ? decimalText($0, decimals: decimals) : "\($0)" }
}

/// `value` with a fixed number of decimals and a true minus sign.
func decimalText(_ value: Double, decimals: Int) -> String {
  let scaled = (abs(value) * pow(10, Double(decimals))).rounded()
  guard scaled < 0x1p62 else { return "\(value)" }
  var digits = String(Int(scaled))
  if digits.count <= decimals {
    digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits
  }
  let sign = value < 0 && scaled != 0 ? "−" : ""
  return sign + digits.dropLast(decimals) + (decimals > 0 ? "." : "") + digits.suffix(decimals)
}
