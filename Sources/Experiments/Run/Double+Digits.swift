import Foundation

extension Double {
  /// Four significant digits, as in tables.
  var fourDigits: String { String(format: "%.4g", self) }
}
