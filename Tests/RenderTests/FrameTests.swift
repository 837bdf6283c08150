import Foundation
import Render
import Scenes
import Testing
import TestSupport

/// To look at the pictures, name a folder in `METARL_GALLERY`.
@Suite struct FrameTests {
  @Test func aFrameHasAPicture() throws {
    let frame = Gallery.frame()
    let png = try frame.png()
    #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(try frame.png() == png)
    // Width and height stand in the header.
    #expect(Array(png[16..<24]) == [0, 0, 7, 128, 0, 0, 5, 0])
    if let folder = ProcessInfo.processInfo.environment["METARL_GALLERY"] {
      try Data(png).write(to: URL(fileURLWithPath: "\(folder)/frame.png"))
    }
  }

  @Test func everyPartIsSeen() throws {
    let whole = Gallery.frame()
    var pictures = [try whole.png(scale: 1)]
    var changed = whole
    changed.scene = nil
    pictures.append(try changed.png(scale: 1))
    changed = whole
    changed.status = ""
    pictures.append(try changed.png(scale: 1))
    changed = whole
    changed.notice = WindowCommand.keys.map { ($0.key, $0.meaning) }
    pictures.append(try changed.png(scale: 1))
    for index in whole.dashboard.panels.indices {
      changed = whole
      changed.dashboard.toggle(index)
      pictures.append(try changed.png(scale: 1))
    }
    changed.dashboard.toggleAll()
    pictures.append(try changed.png(scale: 1))
    #expect(Set(pictures).count == pictures.count)
  }

  /// The labels of curves tell small numbers apart.
  @Test func smallNumbersHaveDigits() throws {
    let pictures = try [4e-4, 4.1e-4, 4.12e-4, 1e-12, .leastNonzeroMagnitude, 123_456, 1e30].map {
      value in
      var dashboard = Dashboard()
      dashboard.curves("value", ["": value])
      return try SceneFrame(scene: nil, dashboard: dashboard, caption: "").png()
    }
    #expect(Set(pictures).count == pictures.count)
  }

  /// Cairo takes no image longer than 32 767 pixels; a camera that a network sees millisecond by
  /// millisecond has more.
  @Test(arguments: [(40_960, 16), (1, 200_000), (40_000, 40)])
  func panelsOfAnySizeAreDrawn(rows: Int, columns: Int) throws {
    var dashboard = Dashboard()
    let numbers = (0..<rows * columns).map { Float($0 % 17 - 8) }
    dashboard.matrix("weights", columns: columns) { numbers }
    for step in 0..<3 {
      dashboard.raster("observation", (0..<rows * columns / 8).map { Float(($0 + step) % 5) })
    }
    for size in [960, 40] {
      let frame = SceneFrame(scene: nil, dashboard: dashboard, caption: "")
      #expect(try !frame.png(width: size, height: 640).isEmpty)
    }
  }

  /// Where there is no room for all panels, there are the first of them.
  @Test func smallFramesHaveSomePanels() throws {
    func picture(of panels: Int, visible: Bool, value: Double = 1) throws -> [UInt8] {
      var dashboard = Dashboard()
      for index in 0..<panels {
        for step in 0..<3 { dashboard.curves("\(index)", ["": Double(step) * value]) }
        if !dashboard.panels[index].isVisible { dashboard.toggle(index) }
      }
      if !visible { dashboard.toggleAll() }
      let frame = SceneFrame(scene: nil, dashboard: dashboard, caption: "")
      return try frame.png(width: 300, height: 240)
    }
    let nothing = try picture(of: 9, visible: false)
    let nine = try picture(of: 9, visible: true)
    #expect(nine != nothing)
    #expect(try picture(of: 9, visible: true, value: -1) != nine, "their contents are drawn")
    #expect(try picture(of: 8, visible: true) != nine, "how many are left out is said")
  }

  /// A window may be made small, and numbers may be broken.
  @Test func strangeFramesAreDrawn() throws {
    var frame = Gallery.frame()
    for (width, height) in [(1, 1), (30, 700), (700, 30), (320, 240)] {
      #expect(try !frame.png(width: width, height: height).isEmpty)
    }
    frame.scene?.disc(at: SIMD2(.nan, 0), radius: 1, .blue)
    var without = frame
    without.scene = nil
    #expect(try frame.png() == without.png(), "a scene that cannot be drawn is left out")
    frame.dashboard = Dashboard()
    frame.dashboard.curves("broken", ["a": .nan, "b": .infinity])
    frame.dashboard.raster("none", [])
    frame.dashboard.matrix("nothing", columns: 3) { [] }
    #expect(try !frame.png().isEmpty)
    #expect(throws: PlotError.self) { try frame.png(width: 0, height: 10) }
  }
}
