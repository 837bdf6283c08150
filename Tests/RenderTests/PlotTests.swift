import Foundation
import Render
import Scenes
import TestSupport
import Testing

@Suite struct PlotTests {
  /// A folder of its own, or the one named by `METARL_GALLERY` to look at the figures.
  private static func folder() throws -> String {
    let path =
      ProcessInfo.processInfo.environment["METARL_GALLERY"]
      ?? NSTemporaryDirectory() + "metarl-plots-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test func everyFigureRendersInBothFormats() throws {
    let folder = try Self.folder()
    for (name, plot) in Gallery.all {
      for format in PlotFormat.allCases {
        let path = "\(folder)/\(name).\(format.rawValue)"
        try plot.render(to: path)
        let written = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect([UInt8](written) == (try plot.encoded(as: format)))
        #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
      }
    }
    if ProcessInfo.processInfo.environment["METARL_GALLERY"] == nil {
      try FileManager.default.removeItem(atPath: folder)
    }
  }

  @Test func pngHasSignatureAndTwoPixelsAPoint() throws {
    var plot = Gallery.learning
    plot.width = 500
    plot.height = 321
    let bytes = try plot.encoded(as: .png)
    #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    func number(at offset: Int) -> Int {
      bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(number(at: 16) == 1000)
    #expect(number(at: 20) == 642)
  }

  @Test func svgBytesDoNotChange() throws {
    let first = try Gallery.panels.encoded(as: .svg)
    _ = try Gallery.learning.encoded(as: .svg)
    _ = try Gallery.panels.encoded(as: .png)
    #expect(try Gallery.panels.encoded(as: .svg) == first)
    let text = String(decoding: first, as: UTF8.self)
    #expect(text.hasPrefix("<?xml"))
    #expect(text.contains("px\""))
    #expect(!text.lowercased().contains("nan"))
  }

  @Test(
    arguments: [
      [], [.nan], [.infinity, -.infinity], [0], [5], [-Double.leastNonzeroMagnitude],
      [1e308, -1e308], [1e-300, 2e-300],
      [1e9, 1e9 + 1e-3], [.nan, 1, .nan, 2],
    ] as [[Double]])
  func oddNumbersStillGiveAFigure(y: [Double]) throws {
    let x = y.indices.map(Double.init)
    let plot = Plot(panels: [
      Panel(
        series: [
          .line("line", x: x, y: y), .band("band", x: x, lower: y, upper: y),
          .points("points", x: y, y: y), .bars("bars", y),
        ],
        references: y.map { ReferenceLine($0, "line") })
    ])
    let svg = String(decoding: try plot.encoded(as: .svg), as: UTF8.self).lowercased()
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    #expect(try plot.encoded(as: .png).count > 1000)
  }

  @Test func gapsBreakALine() throws {
    func strokes(_ y: [Double]) throws -> Int {
      let plot = Plot(panels: [
        Panel(series: [
          .line("a", x: y.indices.map(Double.init), y: y, color: Color(0x123456))
        ])
      ])
      let svg = String(decoding: try plot.encoded(as: .svg), as: UTF8.self)
      return svg.components(separatedBy: "rgb(7.058824%,20.392157%,33.72549%)").count - 1
    }
    #expect(try strokes([1, 2, 3, 4, 5]) == 1)
    #expect(try strokes([1, 2, .nan, 4, 5]) == 2)
    #expect(try strokes([1, .nan, 3, .infinity, 5]) == 3)
    #expect(try strokes([.nan, .nan]) == 0)
  }

  /// A line between each two phases, from the top of the panel to its bottom, and names above it.
  @Test func phasesAreDividedAndNamed() throws {
    func parts(_ plot: Plot) throws -> (lines: Int, letters: Int) {
      let svg = String(decoding: try plot.encoded(as: .svg), as: UTF8.self)
      return (svg.uprightLines, svg.components(separatedBy: "<use ").count - 1)
    }
    let plot = Gallery.phases
    var without = plot
    without.panels[0].phases = []
    let (with, bare) = (try parts(plot), try parts(without))
    #expect((with.lines, bare.lines) == (2, 0))
    // Blanks are letters, too, but not those at which a line is broken.
    let names = plot.panels[0].phases.map(\.name).joined()
    #expect(names.count - 3...names.count ~= with.letters - bare.letters)
    // A phase beyond the data makes the axis longer; a map has none.
    without.panels[0].phases = [AxisPhase("later", in: 60...120)]
    #expect(try parts(without).lines == 1)
    without.panels[0].isMap = true
    #expect(try parts(without).lines == 0)
  }

  /// A line for each mark within the panel, with its name, and one below the other where names are close.
  @Test func marksAreVerticalLines() throws {
    func svg(_ marks: [VerticalMark]) throws -> String {
      let plot = Plot(panels: [
        Panel(series: [.line("a", x: [0, 10], y: [1, 2])], marks: marks)
      ])
      return String(decoding: try plot.encoded(as: .svg), as: UTF8.self)
    }
    func dashes(_ text: String) -> Int { text.components(separatedBy: "stroke-dasharray").count }
    let plain = try svg([])
    let marked = try svg([
      VerticalMark(4, "one"), VerticalMark(4.1, "two"), VerticalMark(9.9, "end"),
    ])
    #expect(dashes(marked) - dashes(plain) == 3)
    #expect(try svg([VerticalMark(11, "out"), VerticalMark(.nan, "out")]) == plain)
    #expect(try svg([VerticalMark(4, "one")]) != svg([VerticalMark(4, "")]))
  }

  /// A name without blanks goes on in the next line, and the figure has room for it.
  @Test func longTitlesAreDivided() throws {
    func height(title: String) throws -> Int {
      let plot = Plot(title: title, panels: [Panel(series: [.line("a", x: [0, 1], y: [1, 2])])])
      return try plot.encoded(as: .png)[20..<24].reduce(0) { $0 << 8 | Int($1) }
    }
    let name = String(repeating: "m", count: 100)
    let single = try height(title: "m")
    #expect(try height(title: name) > single)
    #expect(try height(title: "\(name) \(name)") > height(title: name))
  }

  /// Headings of panels go on in the next line within their column, and the panels are no smaller for it.
  @Test func headingsOfPanelsStayInTheirColumns() throws {
    func plot(title: String) -> Plot {
      let panel = Panel(title: title, series: [.line("a", x: [0, 1], y: [1, 2])])
      return Plot(panels: [panel, panel], columns: 2)
    }
    func height(title: String) throws -> Int {
      try plot(title: title).encoded(as: .png)[20..<24].reduce(0) { $0 << 8 | Int($1) }
    }
    let long = Array(repeating: "mmmmmmmm", count: 9).joined(separator: " ")
    let points = (try height(title: long) - height(title: "m")) / 2
    #expect(points > 0 && points % 16 == 0, "\(points) points more")
    // The right column ends at 658 points.
    #expect(try Self.rightmostLetter(of: plot(title: long)) <= 658)
  }

  /// The place of the letter that is furthest to the right.
  private static func rightmostLetter(of plot: Plot) throws -> Double {
    let svg = String(decoding: try plot.encoded(as: .svg), as: UTF8.self)
    return svg.matches(of: /<use [^>]*x="([0-9.]+)"/).compactMap { Double($0.1) }.max() ?? 0
  }

  @Test func longLinesStaySmall() throws {
    let x = (0..<400_000).map(Double.init)
    let plot = Plot(panels: [
      Panel(series: [.line("a", x: x, y: x.map { ($0 * 0.37).squareRoot() })])
    ])
    #expect(try plot.encoded(as: .svg).count < 300_000)
  }

  @Test func noPanelsIsAFigureToo() throws {
    #expect(try Plot(title: "Nothing yet", panels: []).encoded(as: .png).count > 100)
    #expect(try Plot(panels: []).encoded(as: .svg).count > 100)
  }

  @Test func unwritablePathNamesPathAndReason() throws {
    let plot = Plot(panels: [])
    #expect(throws: PlotError(path: "/nowhere/at/all.png", reason: "No such file or directory")) {
      try plot.render(to: "/nowhere/at/all.png")
    }
    #expect(throws: PlotError(path: "figure.gif", reason: "the name must end in .png or .svg")) {
      try plot.render(to: "figure.gif")
    }
    #expect(throws: PlotError.self) { try plot.render(to: "") }
    #expect(throws: PlotError.self) {
      try Plot(panels: [], width: .nan).encoded(as: .png)
    }
  }
}
