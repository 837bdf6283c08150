import Glibc
import Render
import Scenes

extension Gallery {
  /// A moment with something of everything: a mover with its trail, curves with a gap, a raster, a matrix
  /// with a number that is missing.
  static func frame(step: Int = 100) -> SceneFrame {
    var noise = Noise(state: 9)
    var dashboard = Dashboard()
    var trails = SceneTrails(length: 60)
    var scene = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 4, height: 4))
    for now in 0...step {
      let phase = Double(now) / 15
      scene = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 4, height: 4))
      scene.disc(at: SIMD2(1, 1), radius: 0.3, .green)
      let mover = SIMD2(1.5 * cos(phase), 1.5 * cos(phase - 1.5))
      scene.disc(at: mover, radius: 0.1, .blue)
      scene.follow(mover, width: 0.05, .blue)
      scene = trails.extended(by: scene)
      dashboard.curves(
        "reward", ["received": now == 40 ? .nan : cos(phase), "expected": 0.8 * cos(phase)])
      dashboard.raster("spikes", (0..<40).map { _ in noise.next() > 0.9 ? 1 : 0 })
      dashboard.raster("memory", (0..<12).map { Float(cos(phase * Double($0 + 1) / 4)) })
      dashboard.matrix("weights", columns: 16) {
        (0..<160).map { $0 == 33 ? .nan : Float(noise.next()) }
      }
      if now == 70 { dashboard.mark() }
    }
    return SceneFrame(
      scene: scene, dashboard: dashboard, caption: "gallery   iteration 7   step \(step)",
      status: "30 steps/s")
  }
}
