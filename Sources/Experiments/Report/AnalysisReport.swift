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
  /// Test episodes that were played; 0 for none.
  public let episodes: Int
  /// The numbers and diagrams.
  public let result: AnalysisResult

  /// The analyses of a stored agent.
  ///
  /// - Parameter edits: what the analysis `edits` does to the task.
  /// - Throws: ``Failure`` where it has none.
  public static func analyses(of agent: StoredAgent, edits: [TaskEdit] = []) throws -> [Analysis] {
    let analyses = try agent.trainer.analyses + [agent.editAnalysis(edits)].compactMap { $0 }
    guard !analyses.isEmpty else {
      let kinds = AnalysisKind.allCases.map { "\($0.rawValue) (\($0.requirement))" }
      throw Failure(
        .usage, "no analyses: the agent of \(agent.experiment.experiment.name) has none",
        remedy: "There are \(kinds.joined(separator: ", ")).")
    }
    return analyses
  }

  /// Runs the analysis called `name`.
  ///
  /// - Parameter edits: what the analysis `edits` does to the task, and nothing for others.
  /// - Throws: ``Failure`` where the agent has no analysis of that name, or has none that plays
  ///   `episodes`; where edits are missing or not wanted, or the environment does not know them.
  public init(
    _ name: String, of agent: StoredAgent, episodes: Int?, edits: [TaskEdit] = []
  ) throws {
    let analyses = try Self.analyses(of: agent, edits: edits)
    let experiment = agent.experiment.experiment
    guard let analysis = analyses.first(where: { $0.name == name }) else {
      throw Failure(
        .usage, "the agent of \(experiment.name) has no analysis named “\(name)”",
        remedy: ConfigurationError.suggestion(for: name, among: analyses.map(\.name)))
    }
    guard episodes == nil || analysis.defaultEpisodes > 0 else {
      throw Failure(
        .usage, "\(name) looks at the weights and plays no episodes",
        remedy: "Leave out --episodes.")
    }
    guard edits.isEmpty || name == AnalysisKind.edits.rawValue else {
      throw Failure(
        .usage, "\(name) does not edit tasks", remedy: "Leave out --edit, or use --kind edits.")
    }
    self.name = name
    subject = "\(experiment.name), iteration \(agent.iteration)"
    self.episodes = episodes ?? analysis.defaultEpisodes
    result = try analysis.run(
      self.episodes, agent.experiment.evaluationKey / "analysis" / name)
  }

  /// The numbers for people.
  public var table: String {
    RunReport.aligned(result.figures.map { [$0.name, String(format: "%.4g", $0.value)] })
  }

  /// The diagrams as one figure.
  public var figure: Plot {
    // Images are small, and easier to compare in one row.
    let isGallery = result.diagrams.allSatisfy { $0.image != nil }
    let columns = min(isGallery ? 8 : 3, max(1, result.diagrams.count))
    return Plot(
      title: subject, subtitle: episodes > 0 ? "\(name), \(episodes) test episodes" : name,
      panels: result.diagrams.map(Self.panel), columns: columns,
      width: isGallery ? 150 * Double(max(4, columns)) : 340 * Double(max(2, columns)))
  }

  private static func panel(_ diagram: AnalysisResult.Diagram) -> Panel {
    let image = diagram.image.map { Series.image(pixels: $0.pixels, columns: $0.columns) }
    return Panel(
      title: diagram.title, x: Axis(diagram.xTitle), y: Axis(diagram.yTitle),
      series: (image.map { [$0] } ?? []) + diagram.curves.flatMap(Self.series),
      phases: diagram.phases.map { AxisPhase($0.name, in: $0.range) },
      marks: diagram.marks.map { VerticalMark($0.x, $0.name) }, isMap: image != nil)
  }

  private static func series(_ curve: AnalysisResult.Curve) -> [Series] {
    let band = curve.band.map {
      Series.band(curve.label, x: curve.x, lower: $0.lower, upper: $0.upper)
    }
    let marks: Series =
      switch curve.style {
      case .line:
        .line(curve.label, x: curve.x, y: curve.y, width: band == nil ? 2 : 1.2)
      case .dots: .points(curve.label, x: curve.x, y: curve.y, radius: 1.5, opacity: 0.5)
      case .arrow:
        .arrow(
          curve.label, from: place(curve.x.first, curve.y.first),
          to: place(curve.x.last, curve.y.last))
      }
    return [band, marks].compactMap { $0 }
  }

  private static func place(_ x: Double?, _ y: Double?) -> SIMD2<Double> {
    SIMD2(x ?? .nan, y ?? .nan)
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
