import Configuration
import Testing

private enum Mode: String, CaseIterable, Sendable {
  case fast, exact
}

private struct Inner: Configurable, JSONRepresentable {
  var rate: Float = 0.5
  var count = 1
  static var fields: [Field<Self>] {
    [.number("rate", \.rate, in: 0...1, "A rate."), .integer("count", \.count, "A count.")]
  }
}

/// Nested options with defaults of their own, and a list of options.
private struct Outer: Configurable {
  var inner: Inner = {
    var inner = Inner()
    inner.rate = 0.25
    return inner
  }()
  var list: [Inner] = []

  static var fields: [Field<Self>] {
    [.object("inner", \.inner, "Nested."), .values("list", \.list, "Many.")]
  }
}

private struct Options: Configurable {
  var seed: UInt64 = 3
  var size = 4
  var offset = 0
  var scale = 1.0
  var mode = Mode.fast
  var name = "x"
  var isOn = false
  var widths = [1, 2]
  var inner = Inner()
  var network = JSONValue.null

  static var fields: [Field<Self>] {
    [
      .integer("seed", \.seed, "A seed."), .integer("size", \.size, in: 1...9, "A size."),
      .integer("offset", \.offset, "An offset."), .number("scale", \.scale, in: 0...10, "A scale."),
      .choice("mode", \.mode, "A mode."), .text("name", \.name, "A name."),
      .flag("isOn", \.isOn, "A switch."), .integers("widths", \.widths, in: 1...64, "Widths."),
      .object("inner", \.inner, "More."),
      .product("network", \.network, kind: "network", "A network."),
    ]
  }
}

@Suite struct ConfigurableTests {
  private func read(_ text: String) throws -> Options {
    try Options(json: JSONValue(parsing: text))
  }

  @Test func absentKeysKeepDefaults() throws {
    #expect(try read("{}").json == Options().json)
    let options = try read(
      #"{"seed": 18446744073709551615, "size": 9, "scale": 1e-3, "mode": "exact", "offset": -5}"#)
    #expect(options.seed == .max)
    #expect(options.size == 9)
    #expect(options.scale == 1e-3)
    #expect(options.mode == .exact)
    #expect(options.offset == -5)
    #expect(try read(#"{"size": 9.0, "offset": 2e3}"#).offset == 2000)
  }

  @Test func writesWhatItReads() throws {
    let options = try read(#"{"scale": 0.1, "inner": {"rate": 0.1}, "network": {"name": "gru"}}"#)
    #expect(try Options(json: options.json).json == options.json)
    #expect(options.json["inner"]?["rate"] == .number("0.1"))
  }

  @Test func nestedOptionsKeepTheDefaultsOfTheirPlace() throws {
    let outer = try Outer(json: JSONValue(parsing: #"{"inner": {"count": 7}}"#))
    #expect(outer.inner.rate == 0.25 && outer.inner.count == 7)
    let properties = Outer.schema["properties"]?["inner"]?["properties"]
    #expect(properties?["rate"]?["default"] == .number("0.25"))
    #expect(properties?["count"]?["default"] == .number("1"))
  }

  @Test func listsOfOptions() throws {
    let outer = try Outer(json: JSONValue(parsing: #"{"list": [{}, {"rate": 1}]}"#))
    #expect(outer.list.map(\.rate) == [0.5, 1])
    #expect(try Outer(json: outer.json).json == outer.json)
    #expect(Outer.schema["properties"]?["list"]?["items"]?["properties"]?["rate"] != nil)
    for (text, part) in [
      (#"{"list": 3}"#, "list: is a number"), (#"{"list": [{}, {"rat": 1}]}"#, "list[1].rat:"),
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try Outer(json: JSONValue(parsing: text))
      }
      #expect(error?.description.contains(part) == true, "\(error as Any)")
    }
  }

  @Test(arguments: [
    ("[]", "the experiment: is a list"),
    (#"{"sieze": 1}"#, "sieze: is not an option here\nDid you mean “size”?"),
    (#"{"quite different": 1}"#, "Allowed: seed, size"),
    (#"{"size": "4"}"#, "size: is a text\nWrite a whole number."),
    (#"{"size": 0}"#, "size: 0 is out of range\nAllowed: 1 to 9."),
    (#"{"size": -1}"#, "size: -1 is out of range"),
    (#"{"size": 1.5}"#, "size: 1.5 is not a whole number"),
    (#"{"size": 1e400}"#, "size: 1e400 is"),
    (#"{"seed": -1}"#, "seed: -1 is out of range\nAllowed: whole numbers from 0."),
    (#"{"seed": 18446744073709551616}"#, "seed: 18446744073709551616 is out of range"),
    (#"{"offset": 9223372036854775808}"#, "offset: 9223372036854775808 is out of range"),
    (#"{"scale": 11}"#, "scale: 11 is out of range\nAllowed: 0.0 to 10.0."),
    (#"{"scale": 1e999}"#, "scale: 1e999 is out of range"),
    (#"{"scale": null}"#, "scale: is null"),
    (#"{"mode": "exakt"}"#, "mode: “exakt” is not a choice here\nDid you mean “exact”?"),
    (#"{"mode": 1}"#, "Allowed: fast, exact."),
    (#"{"name": 1}"#, "name: is a number"),
    (#"{"isOn": 1}"#, "isOn: is a number\nWrite true or false."),
    (#"{"widths": [1, 65]}"#, "widths[1]: 65 is out of range\nAllowed: 1 to 64."),
    (#"{"widths": [1, "a"]}"#, "widths[1]: is a text"),
    (#"{"widths": 3}"#, "widths: is a number"),
    (#"{"inner": {"rate": 2}}"#, "inner.rate: 2 is out of range"),
    (#"{"inner": 3}"#, "inner: is a number"),
  ])
  func saysWhereAndWhat(text: String, part: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try read(text) }
    #expect(error.description.contains(part), "\(error)")
  }

  @Test func registryResolvesNames() throws {
    var registry = Registry<Int>(kind: "number")
    registry.register(.init("inner", "Hundredths.", options: Inner.self) { Int($0.rate * 100) })
    let (value, resolved) = try registry.make(.string("inner"), at: JSONPath("n"))
    #expect(value == 50)
    #expect(resolved.compact == #"{"name":"inner","rate":0.5,"count":1}"#)
    let unknown = try #require(throws: ConfigurationError.self) {
      try registry.make(.string("iner"), at: JSONPath("n"))
    }
    #expect(unknown.description.contains("Did you mean “inner”?"))
    #expect(
      ConfigurationError.suggestion(for: "nmd-b", among: ["nbrc", "nmd-benchmark1"])
        .hasPrefix("Did you mean “nmd-benchmark1”?"))
    let nameless = try #require(throws: ConfigurationError.self) {
      try registry.make(.object([]), at: JSONPath("n"))
    }
    #expect(nameless.description == "n.name: is missing\nName the number. Known: inner.")
    #expect(throws: ConfigurationError.self) {
      try registry.make(
        .object([.init("name", .string("inner")), .init("rate", .number("7"))]), at: .root)
    }
  }

  @Test func hintsLeadFromOtherNames() throws {
    var registry = Registry<Int>(kind: "number")
    registry.register(
      .init("inner", "A count.", otherNames: ["amount"], options: Inner.self) { $0.count })
    registry.register(.init("outer", "Lists.", options: Outer.self) { $0.list.count })
    for name in ["amount", "Amount"] {
      let error = try #require(throws: ConfigurationError.self) {
        try registry.make(.string(name), at: .root)
      }
      #expect(error.remedy == "Did you mean “inner”? Allowed: inner, outer.")
    }
    #expect(registry.hint(for: "inner") == nil)
  }

  @Test func schemaHasRangesAndDefaults() {
    let size = Options.schema["properties"]?["size"]
    #expect(size?["minimum"] == .number("1"))
    #expect(size?["default"] == .number("4"))
    #expect(Options.schema["properties"]?["network"]?["$ref"] == .string("#/$defs/network"))
    #expect(Options.schema["additionalProperties"] == .bool(false))
  }
}
