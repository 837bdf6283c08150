import Glibc

/// The numbers written along an axis: round, evenly spaced, few.
public struct AxisTicks: Sendable, Equatable {
  /// The values, ascending, all inside the range they were made for.
  public let values: [Double]
  /// The text for each value.
  public let labels: [String]

  /// Ticks inside `range`, about `count` steps of 1, 2, 2.5 or 5 times a power of ten.
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

  /// The round step nearest to `rough` as a ratio; 2.5 only where nothing else comes close.
  private static func roundStep(_ rough: Double) -> Double {
    let power = pow(10, log10(rough).rounded(.down))
    let fraction = rough / power
    let factors: [(factor: Double, handicap: Double)] = [
      (1, 0), (2, 0), (2.5, 0.2), (5, 0), (10, 0),
    ]
    let costs = factors.map { abs(log(fraction / $0.factor)) + $0.handicap }
    let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
    return factors[best].factor * power
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
    var decimals = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    let scaled = step * pow(10, Double(decimals))
    if abs(scaled - scaled.rounded()) > 1e-6 { decimals += 1 }
    return decimalText(value, decimals: decimals) + suffix
  }

  static func superscript(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (exponent < 0 ? "⁻" : "")
      + String("\(abs(exponent))".compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }
}

/// `value` with `digits` significant digits, without needless zeros before a power of ten.
func significantText(_ value: Double, digits: Int = 3) -> String {
  guard value != 0, value.isFinite else { return "\(value == 0 ? 0 : value)" }
  let exponent = Int(log10(abs(value)).rounded(.down))
  guard (-4..<6).contains(exponent) else {
    return decimalText(value / pow(10, Double(exponent)), decimals: digits - 1)
      + "×10" + AxisTicks.superscript(exponent)
  }
  return decimalText(value, decimals: max(0, digits - 1 - exponent))
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
