import ArgumentParser
import Configuration
import Experiments

/// `metarl list [KIND]`
struct ListVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List what experiments can name, and the experiments themselves.",
    discussion: """
      EXAMPLE
        metarl list environments
      """)

  @Argument(help: "environments, agents, …, or experiments; everything where absent.")
  var kind: String?

  @Option(help: ArgumentHelp("Where experiment files lie.", valueName: "directory"))
  var experiments = "experiments"

  func run() throws {
    let catalogues = MetaRLCommand.library.catalogues
    let kinds = catalogues.map { $0.kind + "s" } + ["experiments"]
    if let kind, !kinds.contains(kind) {
      throw Failure(
        .usage, "there is nothing called “\(kind)” to list",
        remedy: ConfigurationError.suggestion(for: kind, among: kinds))
    }
    for catalogue in catalogues where kind == nil || kind == catalogue.kind + "s" {
      printList(catalogue.kind + "s", catalogue.items.map { ($0.name, $0.summary) })
    }
    guard kind == nil || kind == "experiments" else { return }
    printList(
      "experiments",
      ExperimentFile.find(in: experiments).map { path in
        guard case .string(let summary)? = (try? ExperimentFile.load(path))?["summary"] else {
          return (path, "")
        }
        return (path, summary)
      })
  }

  private func printList(_ title: String, _ items: [(name: String, summary: String)]) {
    if kind == nil { print(title) }
    let width = items.map(\.name.count).max() ?? 0
    for item in items {
      let space = String(repeating: " ", count: width - item.name.count)
      print((kind == nil ? "  " : "") + item.name + space + "  " + item.summary)
    }
  }
}
