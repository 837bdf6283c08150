import Scenes

/// A figure: a heading, one or several panels, a footnote.
///
/// ```swift
/// let plot = Plot(
///   title: "Modulation adapts within a trial",
///   panels: [
///     Panel(
///       x: Axis("environment steps"), y: Axis("return"),
///       series: [.line("NMD", x: steps, y: returns)],
///       references: [ReferenceLine(0.2, "random")])
///   ])
/// try plot.render(to: "figures/learning.svg")
/// ```
public struct Plot: Sendable, Equatable {
  /// The heading; says what the figure shows. Empty for none.
  public var title: String
  /// A line under the heading: setting, number of seeds.
  public var subtitle: String
  /// A line under the panels: how the numbers came about.
  public var footnote: String
  /// The panels in reading order.
  public var panels: [Panel]
  /// How many panels stand side by side.
  public var columns: Int
  /// Whether the names of the series are shown above the panels.
  public var legend: LegendVisibility
  /// Width of the figure in points.
  public var width: Double
  /// Height of the figure in points, or nil to follow from the width and the number of rows.
  public var height: Double?

  /// When the legend is drawn.
  public enum LegendVisibility: Sendable, Hashable {
    /// If there are at least two names.
    case automatic
    /// Always.
    case always
    /// Never.
    case never
  }

  /// A figure of `panels`.
  public init(
    title: String = "", subtitle: String = "", footnote: String = "", panels: [Panel],
    columns: Int = 1, legend: LegendVisibility = .automatic, width: Double = 680,
    height: Double? = nil
  ) {
    self.title = title
    self.subtitle = subtitle
    self.footnote = footnote
    self.panels = panels
    self.columns = columns
    self.legend = legend
    self.width = width
    self.height = height
  }
}

/// One coordinate system with what is drawn in it.
public struct Panel: Sendable, Equatable {
  /// The heading of the panel; empty for none.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn. Images lie below bands, bands below bars, bars below lines, lines below points, and
  /// these below arrows.
  public var series: [Series]
  /// Horizontal lines to compare with.
  public var references: [ReferenceLine]
  /// Named parts of the horizontal axis, with thin lines between them; not drawn in a map.
  public var phases: [AxisPhase]
  /// Vertical lines where something happens.
  public var marks: [VerticalMark]
  /// The names under the groups of a bar chart; where given, they replace the numbers on the
  /// horizontal axis and group `i` stands at x = i.
  public var categories: [String]
  /// Whether both axes have one scale and are not drawn: the panel is a map, or an image.
  public var isMap: Bool

  /// A panel of `series`.
  public init(
    title: String = "", x: Axis = Axis(), y: Axis = Axis(), series: [Series],
    references: [ReferenceLine] = [], phases: [AxisPhase] = [], marks: [VerticalMark] = [],
    categories: [String] = [], isMap: Bool = false
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.references = references
    self.phases = phases
    self.marks = marks
    self.categories = categories
    self.isMap = isMap
  }
}

/// What one axis of a panel is called and how far it reaches.
public struct Axis: Sendable, Equatable {
  /// The name of the quantity, with its unit; empty for none.
  public var title: String
  /// The values it reaches over, or nil to follow the data.
  public var range: ClosedRange<Double>?

  /// An axis named `title`.
  public init(_ title: String = "", range: ClosedRange<Double>? = nil) {
    self.title = title
    self.range = range
  }
}

/// A horizontal dashed line with its name at the right edge.
public struct ReferenceLine: Sendable, Equatable {
  /// The height of the line.
  public var value: Double
  /// What it stands for.
  public var name: String
  /// Its colour, or nil for grey.
  public var color: Color?

  /// A line at `value` called `name`.
  public init(_ value: Double, _ name: String, color: Color? = nil) {
    self.value = value
    self.name = name
    self.color = color
  }
}

/// A part of the horizontal axis with its name above it, such as a phase of an experiment.
public struct AxisPhase: Sendable, Equatable {
  /// What happens in it.
  public var name: String
  /// Where it begins and ends.
  public var range: ClosedRange<Double>

  /// The part `range`, called `name`.
  public init(_ name: String, in range: ClosedRange<Double>) {
    self.name = name
    self.range = range
  }
}

/// A vertical dashed line with its name at the upper end.
public struct VerticalMark: Sendable, Equatable {
  /// The place of the line.
  public var value: Double
  /// What happens there; empty for no name.
  public var name: String

  /// A line at `value` called `name`.
  public init(_ value: Double, _ name: String) {
    self.value = value
    self.name = name
  }
}
