import Agents
import Configuration
import Foundation
import Render
import Tensor

/// An analysis of a stored agent: its numbers for people and scripts, and its figure.
public struct AnalysisReport: Sendable {
  /// The name of the analysis.
  public let name: String
  /// The name of the experiment, and the iteration of the checkpoint.
  public let subject: String
  /// The numbers and diagrams.
  public let result: AnalysisResult

  /// Runs the analysis called `name`.
  ///
  /// - Throws: ``Failure`` where the agent has no analysis of that name.
  public init(_ name: String, of agent: StoredAgent, episodes: Int?) throws {
    let analyses = agent.trainer.analyses
    let experiment = agent.experiment.experiment
    guard let analysis = analyses.first(where: { $0.name == name }) else {
      throw Failure(
        .configuration, "the agent of \(experiment.name) has no analysis named “\(name)”",
        remedy: analyses.isEmpty
          ? "Only networks with a modulation signal have analyses."
          : ConfigurationError.suggestion(for: name, among: analyses.map(\.name)))
    }
    self.name = name
    subject = "\(experiment.name), iteration \(agent.iteration)"
    result = try analysis.run(
      episodes ?? analysis.defaultEpisodes, agent.experiment.evaluationKey / "analysis" / name)
  }

  /// The numbers for people.
  public var table: String {
    RunReport.aligned(result.figures.map { [$0.name, String(format: "%.4g", $0.value)] })
  }

  /// The diagrams as one figure.
  public var figure: Plot {
    Plot(
      title: subject, subtitle: name,
      panels: result.diagrams.map { diagram in
        Panel(
          title: diagram.title, x: Axis(diagram.xTitle), y: Axis(diagram.yTitle),
          series: diagram.curves.map(Self.series))
      },
      columns: min(3, max(1, result.diagrams.count)),
      width: 340 * Double(min(3, max(2, result.diagrams.count))))
  }

  private static func series(_ curve: AnalysisResult.Curve) -> Series {
    switch curve.style {
    case .line: .line(curve.label, x: curve.x, y: curve.y)
    case .dots: .points(curve.label, x: curve.x, y: curve.y, radius: 1.5, opacity: 0.5)
    }
  }

  /// Writes the numbers as JSON, and the figure as PNG and SVG, into a directory.
  ///
  /// - Returns: the files written.
  /// - Throws: ``Failure`` where they cannot be.
  public func write(into directory: String) throws -> [String] {
    try FileSystem.createDirectory(directory)
    let numbers = JSONValue.object(
      result.figures.map { figure in
        .init(figure.name, figure.value.isFinite ? .number(figure.value) : .null)
      })
    let path = "\(directory)/\(name).json"
    try FileSystem.replace(path, with: Array((numbers.pretty + "\n").utf8))
    return [path] + (try figure.write(to: "\(directory)/\(name)"))
  }
}
