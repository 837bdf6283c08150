import Glibc
import Scenes

extension WrappedPlane {
  /// The plane with nothing on it yet.
  static func emptyScene() -> Scene {
    let side = 2 * Double(halfSide)
    let plane = SceneRectangle(center: SIMD2(0, 0), width: side, height: side)
    var scene = Scene(
      view: SceneRectangle(center: plane.center, width: 1.06 * side, height: 1.06 * side))
    scene.polygon(plane.corners, Color(0xF4F5F7))
    scene.line(plane.corners + [plane.corners[0]], width: 0.02, .muted, dash: [0.1, 0.06])
    return scene
  }

  /// Adds the target around `center` with what it is called.
  static func addTarget(
    _ center: SIMD2<Float>, named name: String, _ color: Color, to scene: inout Scene
  ) {
    scene.disc(at: SIMD2(center), radius: Double(targetRadius), color.withOpacity(0.4))
    scene.label(name, at: SIMD2(center) - SIMD2(0, 0.06), height: 0.17, .ink)
  }

  /// Adds the mover and lets its path be drawn.
  static func addMover(_ position: SIMD2<Float>, to scene: inout Scene) {
    scene.disc(at: SIMD2(position), radius: 0.07, .blue)
    scene.follow(SIMD2(position), width: 0.025, .blue)
  }
}

extension WindyNavigation {
  /// The plane with the target and the mover, and the cone of the wind in a corner.
  public func scene(_ state: State, of task: Task) -> Scene? {
    var scene = WrappedPlane.emptyScene()
    WrappedPlane.addTarget(task.target, named: "target", .green, to: &scene)
    let corner = SIMD2(-1.6, 1.6)
    let (wind, spread) = (Double(task.wind), Double(Self.windSpread))
    let fan = (-6...6).map { part in
      let angle = wind + spread * Double(part) / 6
      return corner + 0.32 * SIMD2(cos(angle), sin(angle))
    }
    scene.polygon([corner] + fan, .sky.withOpacity(0.35))
    scene.arrow(
      from: corner, to: corner + 0.32 * SIMD2(cos(wind), sin(wind)), width: 0.025, .sky)
    scene.label("wind", at: corner - SIMD2(0, 0.36), height: 0.15, .muted)
    WrappedPlane.addMover(state.position, to: &scene)
    return scene
  }
}

extension TwoTargets {
  /// The plane with the good and the bad target and the mover.
  public func scene(_ state: State, of task: Task) -> Scene? {
    var scene = WrappedPlane.emptyScene()
    WrappedPlane.addTarget(task.bad, named: "bad", .vermilion, to: &scene)
    WrappedPlane.addTarget(task.good, named: "good", .green, to: &scene)
    WrappedPlane.addMover(state.position, to: &scene)
    return scene
  }
}
