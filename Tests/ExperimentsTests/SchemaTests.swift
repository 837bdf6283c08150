import Configuration
import Experiments
import Foundation
import Testing

@Suite struct SchemaTests {
  private static let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
    url.deletingLastPathComponent()
  }

  @Test func thePublishedSchemaIsUpToDate() throws {
    let published = try String(
      contentsOf: Self.root.appending(path: "docs/experiment.schema.json"), encoding: .utf8)
    #expect(
      published == Library.standard.experimentSchema.pretty,
      "run `make schema` and look at the difference")
  }

  @Test func everyShippedExperimentResolves() throws {
    let files = try ExperimentFile.find(in: Self.root.appending(path: "experiments").path)
    #expect(!files.isEmpty)
    for file in files {
      #expect(throws: Never.self, "\(file)") {
        try ResolvedExperiment(json: ExperimentFile.load(file), library: .standard)
      }
    }
  }

  /// The schema refuses what the program refuses: of names, of seeds, of what is learned.
  @Test func theSchemaIsAsStrictAsTheProgram() throws {
    let schema = Library.standard.experimentSchema
    let properties = try #require(schema["properties"])
    for seed in [properties["seed"], properties["evaluation"]?["properties"]?["seed"]] {
      #expect(seed?["minimum"] == .number("0"))
    }
    guard case .string(let pattern)? = properties["name"]?["pattern"] else {
      return #expect(Bool(false), "names have no pattern")
    }
    let expression = try Regex(pattern)
    let long = String(repeating: "a", count: 100)
    for name in [
      "walk", "_a-1.B", "-", "9", long, "", "a b", ".a", "a/b", "ä", long + "a",
    ] {
      let json = try JSONValue(
        parsing: #"{"name": "\#(name)", "task": "sign-copy", "learner": "bptt"}"#)
      let isAllowed = (try? ResolvedExperiment(json: json, library: .standard)) != nil
      #expect((name.wholeMatch(of: expression) != nil) == isAllowed, "“\(name)”")
    }
    #expect(
      schema["oneOf"]?.compact
        == #"[{"required":["environment","agent"],"properties":{"task":false,"learner":false}},"#
        + #"{"required":["task","learner"],"properties":{"environment":false,"agent":false}}]"#)
    #expect(schema["not"]?.compact == #"{"required":["seed","seeds"]}"#)
  }

  /// Every reference of the schema leads to a definition.
  @Test func referencesLeadSomewhere() {
    let schema = Library.standard.experimentSchema
    guard case .object(let definitions)? = schema["$defs"] else {
      return #expect(Bool(false), "there are no definitions")
    }
    let known = Set(definitions.map { "#/$defs/" + $0.key })
    let references = Self.references(in: schema)
    #expect(!references.isEmpty)
    #expect(known.isSuperset(of: references))
  }

  private static func references(in json: JSONValue) -> Set<String> {
    switch json {
    case .object(let members):
      members.reduce(into: []) { found, member in
        if member.key == "$ref", case .string(let reference) = member.value {
          found.insert(reference)
        }
        found.formUnion(references(in: member.value))
      }
    case .array(let elements): elements.reduce(into: []) { $0.formUnion(references(in: $1)) }
    default: []
    }
  }
}
