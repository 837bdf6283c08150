import Tensor

/// Something to look at in a trained agent: what `metarl analyze` runs.
public struct Analysis {
  /// The name on the command line.
  public let name: String
  /// One sentence on what it shows, with its source.
  public let summary: String
  /// Episodes unless the user says otherwise; 0 for an analysis that plays none.
  public let defaultEpisodes: Int
  /// Runs it; the result depends on the weights, the number of episodes and the key alone.
  public let run: (_ episodes: Int, _ key: RandomKey) throws -> AnalysisResult

  /// An analysis.
  public init(
    name: String, summary: String, defaultEpisodes: Int,
    run: @escaping (_ episodes: Int, _ key: RandomKey) throws -> AnalysisResult
  ) {
    self.name = name
    self.summary = summary
    self.defaultEpisodes = defaultEpisodes
    self.run = run
  }
}

/// Figures as numbers, to be drawn and stored by others.
public struct AnalysisResult: Sendable, Codable, Equatable {
  /// One named number, with a unit or an explanation.
  public struct Figure: Sendable, Codable, Equatable {
    /// What it is.
    public let name: String
    /// The number.
    public let value: Double

    /// A named number.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Points or a line.
  public struct Curve: Sendable, Codable, Equatable {
    /// How it is drawn.
    public enum Style: String, Sendable, Codable {
      case line
      case dots
      /// From the first point to the last.
      case arrow
    }

    /// How uncertain a line is.
    public struct Band: Sendable, Codable, Equatable {
      /// Its lower end at each place.
      public let lower: [Double]
      /// Its upper end at each place.
      public let upper: [Double]

      /// A band.
      public init(lower: [Double], upper: [Double]) {
        self.lower = lower
        self.upper = upper
      }
    }

    /// What it is, for the legend; empty for none.
    public let label: String
    /// How it is drawn.
    public let style: Style
    /// Places along the horizontal axis.
    public let x: [Double]
    /// Places along the vertical axis.
    public let y: [Double]
    /// What lies about a line, where it is known.
    public let band: Band?

    /// A curve.
    public init(_ label: String, style: Style, x: [Double], y: [Double], band: Band? = nil) {
      self.label = label
      self.style = style
      self.x = x
      self.y = y
      self.band = band
    }
  }

  /// A vertical line where something happens.
  public struct Mark: Sendable, Codable, Equatable {
    /// Its place along the horizontal axis.
    public let x: Double
    /// What happens there; empty for no name.
    public let name: String

    /// A line at `x`.
    public init(_ x: Double, _ name: String) {
      self.x = x
      self.name = name
    }
  }

  /// Numbers as colours, under the curves of a diagram without axes.
  public struct Image: Sendable, Codable, Equatable {
    /// Row by row from the top. A pixel is one unit of the curves wide and high, and the middle of the
    /// image is their origin.
    public let pixels: [Float]
    /// Pixels in a row.
    public let columns: Int

    /// An image.
    public init(pixels: [Float], columns: Int) {
      self.pixels = pixels
      self.columns = columns
    }
  }

  /// A named part of the horizontal axis.
  public struct Phase: Sendable, Codable, Equatable {
    /// What happens in it.
    public let name: String
    /// Where it begins and ends.
    public let range: ClosedRange<Double>

    /// A part of the horizontal axis.
    public init(_ name: String, in range: ClosedRange<Double>) {
      self.name = name
      self.range = range
    }
  }

  /// One diagram.
  public struct Diagram: Sendable, Codable, Equatable {
    /// What it shows.
    public let title: String
    /// The horizontal axis.
    public let xTitle: String
    /// The vertical axis.
    public let yTitle: String
    /// What lies under the curves, where the diagram is an image.
    public let image: Image?
    /// The parts that the horizontal axis falls into, if it does.
    public let phases: [Phase]
    /// What is drawn.
    public let curves: [Curve]
    /// Where something happens.
    public let marks: [Mark]

    /// A diagram.
    public init(
      title: String, xTitle: String, yTitle: String, image: Image? = nil, phases: [Phase] = [],
      curves: [Curve], marks: [Mark] = []
    ) {
      self.title = title
      self.xTitle = xTitle
      self.yTitle = yTitle
      self.image = image
      self.phases = phases
      self.curves = curves
      self.marks = marks
    }
  }

  /// The numbers.
  public var figures: [Figure]
  /// The diagrams, drawn side by side.
  public var diagrams: [Diagram]

  /// A result.
  public init(figures: [Figure], diagrams: [Diagram]) {
    self.figures = figures
    self.diagrams = diagrams
  }
}
