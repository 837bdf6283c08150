import Configuration

extension Library {
  /// The JSON Schema of an experiment file, with everything the library can name.
  public var experimentSchema: JSONValue {
    guard case .object(let members) = Experiment.schema else { return .null }
    let header: [JSONValue.Member] = [
      .init("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      .init("title", .string("MetaRL experiment")),
    ]
    let body = members.map { member -> JSONValue.Member in
      guard member.key == "properties", case .object(let properties) = member.value else {
        return member
      }
      let link = JSONValue.object([
        .init("type", .string("string")),
        .init("description", .string("Where this schema lies; for editors.")),
      ])
      return .init("properties", .object([.init("$schema", link)] + properties))
    }
    let definitions = catalogues.map { JSONValue.Member($0.kind, $0.schema) }
    let subjects = Experiment.subjects.map { subject in
      let others = Experiment.subjects.filter { $0 != subject }.flatMap { $0 }
      return JSONValue.object([
        .init("required", Self.names(subject)),
        .init("properties", .object(others.map { .init($0, .bool(false)) })),
      ])
    }
    let seeds = JSONValue.object([.init("required", Self.names(["seed", "seeds"]))])
    return .object(
      header + body
        + [
          .init("oneOf", .array(subjects)), .init("not", seeds),
          .init("$defs", .object(definitions)),
        ])
  }

  private static func names(_ names: [String]) -> JSONValue {
    .array(names.map { JSONValue.string($0) })
  }
}
