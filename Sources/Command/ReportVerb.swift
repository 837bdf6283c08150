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
      final figures of all runs as one list. --metric draws the curve of any other recorded metric \
      beside it; a name that has not been recorded is answered with those that have.

      EXAMPLE
        metarl report runs/nmd/20260101-120000
        metarl report runs/nmd runs/rnn --metric train/return --output compared
      """)

  @Argument(
    help: ArgumentHelp("The run directories.", valueName: "run"), completion: .directory)
  var directories: [String]

  @Option(help: ArgumentHelp("Where to draw.", valueName: "directory"), transform: outputDirectory)
  var output: String?

  @Option(
    name: .customLong("metric"),
    help: ArgumentHelp("Also the curve of this metric; may be repeated.", valueName: "name"))
  var metrics: [String] = []

  func run() throws {
    let runs = try directories.flatMap { try RunDirectory.runs(at: $0) }
    let selection = try RunSelection(of: runs, library: CommandLibrary.current)
    selection.announceRemarks()
    let report = RunReport(selection.runs)
    try StandardOutput.writeLine(report.table)
    let place = output ?? RunDirectory(directories[0]).figuresPath
    for path in try report.draw(metrics, into: place) { StandardError.write("drew \(path)\n") }
    if let output {
      StandardError.write("wrote \(try report.collectSummaries(into: output))\n")
    }
  }
}
