import ArgumentParser
import Configuration
import Experiments
import NeuroMod

/// `metarl list [KIND]`
struct ListVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List what experiments can name, and the experiments themselves.",
    discussion: """
      EXAMPLE
        metarl list environments
      """)

  @Argument(
    help: "environments, agents, …, optimizers, schedules, experiments; everything where absent.")
  var kind: String?

  @Option(
    help: ArgumentHelp(
      "Where experiment files lie; experiments where absent.", valueName: "directory"))
  var experiments: String?

  func run() throws {
    let catalogues = CommandLibrary.current.catalogues
    let kinds =
      catalogues.map { $0.kind + "s" } + ChoiceList.all.map { $0.kind + "s" } + ["experiments"]
    if let kind, !kinds.contains(kind) {
      throw Failure(
        .usage, "there is nothing called “\(kind)” to list",
        remedy: ConfigurationError.suggestion(for: kind, among: kinds))
    }
    for catalogue in catalogues where kind == nil || kind == catalogue.kind + "s" {
      try printTable(
        catalogue.kind + "s",
        catalogue.kind == "cell"
          ? cells() : catalogue.items.map { Line(name: $0.name, summary: $0.summary) })
    }
    for list in ChoiceList.all where kind == nil || kind == list.kind + "s" {
      let heading = Line(name: "", summary: "(\(list.usage))")
      try printTable(
        list.kind + "s",
        [heading] + list.items.map { Line(name: $0.name, summary: $0.summary) })
    }
    guard kind == nil || kind == "experiments" else { return }
    let directory = experiments ?? "experiments"
    let files = try ExperimentFile.find(in: directory)
    guard !files.isEmpty else {
      let problem = "there are no experiment files in \(directory)"
      guard experiments == nil && kind == nil else {
        throw Failure(
          .notFound, problem,
          remedy: "Name a directory with files that end in .json with --experiments.")
      }
      // Whoever asked for names has them.
      return StandardError.write("note: \(problem)\n")
    }
    try printTable(
      "experiments",
      files.map { path in
        guard case .string(let summary)? = (try? ExperimentFile.load(path))?["summary"] else {
          return Line(name: path, summary: "")
        }
        return Line(name: path, summary: summary)
      })
  }

  /// The cells, and what a layer of each costs.
  private func cells() throws -> [Line] {
    let library = CommandLibrary.current
    let size = 100
    let heading = Line(
      name: "", numbers: ["parameters", "state"],
      summary: "(of a layer of \(size) units that reads \(size) numbers)")
    return try library.lookUpNames {
      try [heading]
        + library.cells.entries.map { entry -> Line in
          let (cell, _) = try library.cells.make(.string(entry.name), at: .root)
          let cost = cell.cost(inputs: size, units: size)
          return Line(
            name: entry.name, numbers: ["\(cost.parameters)", "\(cost.state)"],
            summary: entry.summary)
        }
    }
  }

  /// A name with what is said about it.
  private struct Line {
    let name: String
    var numbers: [String] = []
    let summary: String
  }

  /// Prints lines in columns, numbers to the right; all lines have as many.
  private func printTable(_ title: String, _ lines: [Line]) throws {
    if kind == nil { try StandardOutput.writeLine(title) }
    func width(_ column: (Line) -> String) -> Int { lines.map { column($0).count }.max() ?? 0 }
    func space(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: width - text.count)
    }
    let nameWidth = width(\.name)
    let numberWidths = (lines.first?.numbers.indices ?? 0..<0).map { column in
      width { $0.numbers[column] }
    }
    for line in lines {
      let numbers = zip(line.numbers, numberWidths).map { "  " + space($0, $1) + $0 }.joined()
      let name = line.name + space(line.name, nameWidth)
      try StandardOutput.writeLine((kind == nil ? "  " : "") + name + numbers + "  " + line.summary)
    }
  }
}
