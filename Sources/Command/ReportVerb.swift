import ArgumentParser
import Experiments

/// `metarl report RUN…`
struct ReportVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Print the final figures of runs with intervals, and draw their learning curve.",
    discussion: """
      A directory of several seeds stands for all of them; runs of several experiments are compared. \
      A training that is named twice counts once, and runs that are not complete are named. \
      The curve is drawn as PNG and SVG into \
      figures/ of the first directory. With --output, it goes there, and beside it summary.json, the \
      final figures of all runs as one list.

      EXAMPLE
        metarl report runs/nmd/20260101-120000
      """)

  @Argument(
    help: ArgumentHelp("The run directories.", valueName: "run"), completion: .directory)
  var directories: [String]

  @Option(help: ArgumentHelp("Where to draw.", valueName: "directory"), transform: outputDirectory)
  var output: String?

  func run() throws {
    let runs = try directories.flatMap { try RunDirectory.runs(at: $0) }
    let selection = try RunSelection(of: runs, library: MetaRLCommand.library)
    selection.announceRemarks()
    let report = RunReport(selection.runs)
    try StandardOutput.writeLine(report.table)
    let place = output ?? RunDirectory(directories[0]).figuresPath
    for path in try report.draw(into: place) { StandardError.write("drew \(path)\n") }
    if let output {
      StandardError.write("wrote \(try report.collectSummaries(into: output))\n")
    }
  }
}
