import ArgumentParser
import Configuration
import Experiments

/// `metarl schema`
struct SchemaVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of experiment files, for editors.",
    discussion: """
      EXAMPLE
        metarl schema > docs/experiment.schema.json
      """)

  func run() throws { try StandardOutput.write(CommandLibrary.current.experimentSchema.pretty) }
}
