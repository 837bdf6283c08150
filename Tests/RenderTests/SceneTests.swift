import Configuration
import Envs
import Foundation
import Render
import Scenes
import Tensor
import Testing

@Suite struct SceneTests {
  /// Each environment after some steps of its best policy's neighbour, chance, with the trails of what
  /// moved. To look at them, name a folder in `METARL_GALLERY`.
  @Test(arguments: Registry<EnvironmentFactory>.standard.entries.map(\.name))
  func everyEnvironmentHasAPicture(name: String) throws {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root)
    let batch = factory.makeBatch(count: 1, key: RandomKey(seed: 3))
    var policy = RandomPolicy(space: factory.specification.actionSpace)
    var random = RandomKey(seed: 4).stream()
    var action = Array(repeating: Float(0), count: factory.specification.actionSpace.count)
    var trails = SceneTrails(length: 150)
    var scene = trails.extended(by: try #require(batch.scene(row: 0)))
    for _ in 0..<12 {
      action.withUnsafeMutableBufferPointer {
        policy.act(
          observation: UnsafeBufferPointer(start: nil, count: 0), reward: 0, into: $0,
          using: &random)
      }
      batch.step(action)
      if batch.ends[0].isEnd { trails.clear() }
      scene = trails.extended(by: try #require(batch.scene(row: 0)))
    }
    #expect(scene.isDrawable && scene.shapes.count > 2)
    let png = try scene.encoded(as: .png)
    #expect(png.count > 1500)
    #expect(try scene.encoded(as: .png) == png)
    if let folder = ProcessInfo.processInfo.environment["METARL_GALLERY"] {
      try scene.render(to: "\(folder)/scene-\(name).png")
    }
  }

  /// Points of the plane stand where they belong: y grows upwards.
  @Test func thePlaneIsNotUpsideDown() throws {
    var scene = Scene(view: SceneRectangle(center: SIMD2(1, 1), width: 4, height: 2))
    scene.disc(at: SIMD2(0, 1.5), radius: 0.25, Color(0x123456))
    let svg = String(decoding: try scene.encoded(as: .svg, width: 400), as: UTF8.self)
    #expect(svg.contains("width=\"400px\" height=\"200px\""))
    // The disc begins at its rightmost point: 125 points from the left, 50 from the top.
    #expect(svg.contains("M 125 50"))
  }

  @Test func everyShapeIsDrawn() throws {
    var scene = Scene(
      view: SceneRectangle(around: [SIMD2(0, 0), SIMD2(4, 3)], margin: 1),
      background: Color(0xFEDCBA))
    #expect(scene.view == SceneRectangle(center: SIMD2(2, 1.5), width: 6, height: 5))
    let empty = try scene.encoded(as: .svg)
    #expect(String(decoding: empty, as: UTF8.self).contains("rgb(99.607843%,86.27451%,72.941176%)"))
    var sizes = [empty.count]
    for shape in [
      Shape.polygon([SIMD2(0, 0), SIMD2(1, 0), SIMD2(0, 1)], fill: .blue),
      .disc(center: SIMD2(2, 2), radius: 0.5, fill: .green),
      .line([SIMD2(0, 0), SIMD2(3, 3)], width: 0.1, color: .ink, dash: [0.1]),
      .trace([SIMD2(0, 0), SIMD2(1, 2), SIMD2(3, 3)], width: 0.1, color: .orange),
      .label("text", position: SIMD2(1, 1), height: 0.4, color: .ink, anchor: .right),
    ] {
      scene.add(shape)
      sizes.append(try scene.encoded(as: .svg).count)
    }
    #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0 + 50 < $1 })
    scene.arrow(from: SIMD2(1, 1), to: SIMD2(1, 1), width: 0.1, .blue)
    #expect(scene.shapes.count == 5)
    scene.arrow(from: SIMD2(1, 1), to: SIMD2(2, 1), width: 0.1, .blue)
    #expect(scene.shapes.count == 7)
  }

  @Test func whatCannotBeDrawnIsAnError() throws {
    let view = SceneRectangle(center: SIMD2(0, 0), width: 4, height: 2)
    for shape in [
      Shape.disc(center: SIMD2(.nan, 0), radius: 1, fill: .blue),
      .disc(center: SIMD2(0, 0), radius: 0, fill: .blue),
      .line([SIMD2(0, 0), SIMD2(.infinity, 0)], width: 1, color: .blue, dash: []),
      .label("a", position: SIMD2(0, 0), height: .nan, color: .blue, anchor: .left),
    ] {
      var scene = Scene(view: view)
      scene.add(shape)
      #expect(throws: PlotError.self) { try scene.encoded(as: .png) }
    }
    let flat = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 4, height: 0))
    #expect(throws: PlotError.self) { try flat.encoded(as: .png) }
    #expect(throws: PlotError(path: "a.gif", reason: "the name must end in .png or .svg")) {
      try Scene(view: view).render(to: "a.gif")
    }
  }

  @Test func trailsRememberAndForget() {
    var trails = SceneTrails(length: 3)
    func trace(_ x: Double, points: Int = 1) -> [Shape] {
      var scene = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 40, height: 20))
      for _ in 0..<points { scene.follow(SIMD2(x, 0), width: 0.1, .blue) }
      return trails.extended(by: scene).shapes
    }
    #expect(trace(0).isEmpty)
    #expect(trace(1) == [.trace([SIMD2(0, 0), SIMD2(1, 0)], width: 0.1, color: .blue)])
    _ = trace(2)
    #expect(
      trace(3)
        == [.trace([SIMD2(1, 0), SIMD2(2, 0), SIMD2(3, 0)], width: 0.1, color: .blue)])
    #expect(trace(4, points: 2).isEmpty)
    #expect(trace(5, points: 2).count == 2)
    trails.clear()
    #expect(trace(6, points: 2).isEmpty)
    #expect(trace(11, points: 2).count == 2)
    #expect(trace(16.1, points: 2).isEmpty)
  }
}
