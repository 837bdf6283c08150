import Configuration
import Foundation
import Testing

@Suite struct JSONParserTests {
  @Test func keepsOrderAndSpelling() throws {
    let json = try JSONValue(
      parsing: #" {"b": 1.50, "a": [18446744073709551615, -0, 1E+2, true, null], "": {}} "#)
    #expect(
      json
        == .object([
          .init("b", .number("1.50")),
          .init(
            "a",
            .array([
              .number("18446744073709551615"), .number("-0"), .number("1E+2"), .bool(true), .null,
            ])),
          .init("", .object([])),
        ]))
  }

  @Test(arguments: [
    (#""\u0041\n\t\"\\\/\b\f\r""#, "A\n\t\"\\/\u{8}\u{C}\r"), (#""\ud83d\ude00""#, "😀"),
    (#""äöü😀""#, "äöü😀"), (#""\u0000""#, "\0"), (#""""#, ""),
  ])
  func readsTexts(json: String, text: String) throws {
    #expect(try JSONValue(parsing: json) == .string(text))
  }

  /// Text, line, column, and a part of the message.
  static let broken: [(String, Int, Int, String)] = [
    ("", 1, 1, "empty"),
    ("  \n ", 2, 2, "empty"),
    ("{", 1, 2, "ends inside an object"),
    ("[1, 2", 1, 6, "a comma or ]"),
    ("[1,]", 1, 4, "comma before the closing ]"),
    ("{\"a\": 1,}", 1, 9, "comma before the closing }"),
    ("{\"a\": 1\n \"b\": 2}", 2, 2, "comma or } after the value of “a”"),
    ("{\"a\" 1}", 1, 6, "colon after the key “a”"),
    ("{a: 1}", 1, 2, "double quotes"),
    ("{\"a\": 1, \"a\": 2}", 1, 10, "“a” appears twice"),
    ("{\"a\": 1, \"\\u0061\": 2}", 1, 10, "“a” appears twice"),
    ("1 2", 1, 3, "more text after the end"),
    ("{}}", 1, 3, "more text after the end"),
    ("01", 1, 1, "begins with 0"),
    ("-", 1, 2, "digit is missing"),
    ("1.", 1, 3, "after the decimal point"),
    ("1e", 1, 3, "exponent"),
    (".5", 1, 1, "+ or a point"),
    ("+1", 1, 1, "+ or a point"),
    ("0x10", 1, 2, "more text"),
    ("NaN", 1, 1, "“NaN” is not a JSON value"),
    ("Infinity", 1, 1, "“Infinity”"),
    ("True", 1, 1, "“True”"),
    ("'a'", 1, 1, "single quotes"),
    ("// x\n1", 1, 1, "no comments"),
    ("{\n  # x\n}", 2, 3, "no comments"),
    ("\"abc", 1, 1, "not closed"),
    ("\"a\nb\"", 1, 3, "line break"),
    ("\"\\x\"", 1, 2, "unknown escape"),
    ("\"\\u12\"", 1, 2, "four hexadecimal"),
    ("\"\\ud800\"", 1, 2, "surrogate"),
    ("\"\\ud800\\u0041\"", 1, 2, "surrogate"),
    ("\"\\udc00\"", 1, 2, "surrogate"),
    ("\u{FEFF}{}", 1, 1, "byte order mark"),
    ("{\"ä\": ,}", 1, 7, "value is missing"),
  ]

  @Test(arguments: broken)
  func saysWhatIsWrong(text: String, line: Int, column: Int, part: String) throws {
    let error = try #require(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    #expect(error.line == line)
    #expect(error.column == column)
    #expect(error.problem.contains(part), "\(error)")
    #expect(!error.remedy.isEmpty)
  }

  @Test func refusesBrokenEncodings() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0xFF, 0xFE, 0x7B, 0], [0xFE, 0xFF, 0, 0x7B], [0],
      [0x22, 0xE2, 0x82, 0x22],
    ] {
      #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes) }
    }
  }

  @Test func limitsDepthAndSize() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(128)) }
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(129)) }
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(1_000_000)) }
    let large = Array(("\"" + String(repeating: "a", count: 1000) + "\"").utf8)
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: large, maximumBytes: 1001) }
    #expect(throws: Never.self) { try JSONValue(parsing: large, maximumBytes: 1002) }
  }

  static let sample =
    #"{"name": "a\u00e4ö\n", "list": [1, -2.5e-3, [], {}, [true, false, null]], "o": {"k": "v"}}"#

  @Test func refusesEveryTruncation() {
    let bytes = Array(Self.sample.utf8)
    for end in bytes.indices {
      #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(bytes[..<end])) }
    }
  }

  /// Broken texts neither crash nor are read as something that Foundation would not read; what is
  /// read is written back to the same value.
  @Test func survivesMutations() throws {
    var random = SystemRandomNumberGenerator()
    let original = Array(Self.sample.utf8)
    let alphabet = Array(#"{}[]",:\/u0189eE+-. tfn"#.utf8) + [0, 0x7F, 0xC3, 0xFF]
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = alphabet.randomElement(using: &random) ?? 0
        case 1: bytes.remove(at: place)
        default: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
        }
      }
      guard let value = try? JSONValue(parsing: bytes) else { continue }
      #expect(try JSONValue(parsing: value.compact) == value)
      #expect(try JSONValue(parsing: value.pretty) == value)
      // Foundation refuses numbers beyond a Double's range, which are kept as they are written here.
      guard Self.hasOnlyFiniteNumbers(value) else { continue }
      #expect(throws: Never.self, "\(String(decoding: bytes, as: UTF8.self))") {
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      }
    }
  }

  @Test func keepsNumbersBeyondTheRangeOfDouble() throws {
    let value = try JSONValue(parsing: #"{"list": [1, -2.5e939]}"#)
    #expect(value["list"] == .array([.number("1"), .number("-2.5e939")]))
    #expect(!Self.hasOnlyFiniteNumbers(value))
    #expect(try JSONValue(parsing: value.compact) == value)
  }

  private static func hasOnlyFiniteNumbers(_ value: JSONValue) -> Bool {
    switch value {
    case .number(let text): Double(text)?.isFinite == true
    case .array(let values): values.allSatisfy(hasOnlyFiniteNumbers)
    case .object(let members): members.map(\.value).allSatisfy(hasOnlyFiniteNumbers)
    default: true
    }
  }

  @Test func prettyTextIsStable() throws {
    let json = try JSONValue(parsing: #"{"a":[1,2],"b":{"c":"x\ty","d":[]},"e":[{"f":null}]}"#)
    #expect(
      json.pretty == """
        {
          "a": [1, 2],
          "b": {
            "c": "x\\ty",
            "d": []
          },
          "e": [
            {
              "f": null
            }
          ]
        }

        """)
    #expect(json.compact == #"{"a":[1,2],"b":{"c":"x\ty","d":[]},"e":[{"f":null}]}"#)
  }
}
