import Configuration
import Testing

@Suite struct OverrideTests {
  private let json = JSONValue.object([
    .init("environment", .string("cartpole")),
    .init("agent", .object([.init("hidden", .array([.number("30"), .number("10")]))])),
    .init("seed", .number("1")),
  ])

  private func applying(_ text: String) throws -> String {
    try json.applying(Override(text)).compact
  }

  @Test func replacesAndCreates() throws {
    #expect(try applying("seed=7").contains(#""seed":7"#))
    #expect(try applying("agent.hidden[1]=20").contains(#""hidden":[30,20]"#))
    #expect(try applying("agent.hidden=[]").contains(#""hidden":[]"#))
    #expect(try applying("agent.network.cell.name=gru").contains(#"{"cell":{"name":"gru"}}"#))
    #expect(try applying("note=a=b").contains(#""note":"a=b""#))
    #expect(try applying(#"note="7""#).contains(#""note":"7""#))
    #expect(try applying("note=").contains(#""note":"""#))
  }

  @Test func aNameBecomesAnObject() throws {
    #expect(
      try applying("environment.horizon=50")
        .contains(#""environment":{"name":"cartpole","horizon":50}"#))
  }

  @Test func findsWhatItWouldChange() throws {
    for (path, found) in [
      ("seed", "1"), ("agent.hidden", "[30,10]"), ("agent.hidden[1]", "10"),
      ("agent.hidden[2]", nil),
      ("agent.network", nil), ("seed.x", nil), ("seed[0]", nil),
    ] {
      let value = json.value(of: try Override(path: path, value: .null))
      #expect(value?.compact == found, "\(path)")
    }
  }

  @Test(arguments: [
    ("seed", "sets no value"), ("=1", "is not a path"), ("a..b=1", "is not a path"),
    ("a[=1", "is not a path"), ("a[-1]=1", "is not a path"), ("a[1]b=1", "is not a path"),
    ("[0]=1", "is not a path"), ("agent.hidden[2]=1", "2 elements"), ("seed.x=1", "is a number"),
    ("seed[0]=1", "is a number"), ("agent.hidden.x=1", "is a list"),
    ("agent.new[0]=1", "is an object"),
  ])
  func refuses(text: String, part: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try applying(text) }
    #expect(error.description.contains(part), "\(error)")
  }
}
