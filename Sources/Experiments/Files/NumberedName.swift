/// A name in the order of the numbers in it: `seed2` comes before `seed10`, `learningRate-1e-3` before
/// `learningRate-0.01`. What is not a number is compared letter by letter and comes after numbers.
struct NumberedName: Comparable {
  private enum Part: Equatable {
    case number(Double)
    case text(String)
  }

  private let name: String
  private let parts: [Part]

  /// The name as written, such as that of a run directory.
  init(_ name: String) {
    self.name = name
    let bytes = Array(name.utf8)
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    var parts: [Part] = []
    var (textStart, index) = (0, 0)
    while index < bytes.count {
      guard let end = Self.endOfNumber(in: bytes, from: index),
        let number = Double(text(index..<end))
      else {
        index += 1
        continue
      }
      if textStart < index { parts.append(.text(text(textStart..<index))) }
      parts.append(.number(number))
      (textStart, index) = (end, end)
    }
    if textStart < bytes.count { parts.append(.text(text(textStart..<bytes.count))) }
    self.parts = parts
  }

  /// Where the number that begins at `start` ends, written as in JSON; nil where none begins there.
  private static func endOfNumber(in bytes: [UInt8], from start: Int) -> Int? {
    func has(_ character: Unicode.Scalar, at index: Int) -> Bool {
      bytes.indices.contains(index) && bytes[index] == UInt8(ascii: character)
    }
    func endOfDigits(from first: Int) -> Int? {
      let rest = bytes[min(first, bytes.count)...]
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return digits.isEmpty ? nil : digits.endIndex
    }
    // One hyphen stands between the name of an option and its value, a second one is a sign.
    let isNegative = has("-", at: start) && has("-", at: start - 1)
    guard var end = endOfDigits(from: isNegative ? start + 1 : start) else { return nil }
    if has(".", at: end), let fraction = endOfDigits(from: end + 1) { end = fraction }
    if has("e", at: end) || has("E", at: end) {
      let exponent = has("-", at: end + 1) ? end + 2 : end + 1
      end = endOfDigits(from: exponent) ?? end
    }
    return end
  }

  static func < (a: Self, b: Self) -> Bool {
    for (first, second) in zip(a.parts, b.parts) where first != second {
      switch (first, second) {
      case (.number(let x), .number(let y)): return x < y
      case (.text(let x), .text(let y)): return x < y
      case (.number, .text): return true
      case (.text, .number): return false
      }
    }
    return (a.parts.count, a.name) < (b.parts.count, b.name)
  }
}
