import Glibc
import Scenes

extension CartPole {
  /// The cart on its track between the limits, with the pole on it.
  public func scene(_ state: State, of task: OnlyTask) -> Scene? {
    let limit = Self.positionLimit
    var scene = Scene(view: SceneRectangle(center: SIMD2(0, 0.55), width: 6, height: 2.2))
    scene.line([SIMD2(-3, 0), SIMD2(3, 0)], width: 0.02, .muted)
    for x in [-limit, limit] {
      scene.line([SIMD2(x, -0.15), SIMD2(x, 0.15)], width: 0.03, .vermilion)
    }
    let cart = SIMD2(state.position, 0.14)
    scene.polygon(SceneRectangle(center: cart, width: 0.5, height: 0.22).corners, .ink)
    for side in [-0.15, 0.15] {
      scene.disc(at: SIMD2(state.position + side, 0.04), radius: 0.06, .muted)
    }
    let pivot = cart + SIMD2(0, 0.11)
    scene.line(
      [pivot, pivot + SIMD2(sin(state.angle), cos(state.angle))], width: 0.07, .orange)
    scene.disc(at: pivot, radius: 0.04, .blue)
    return scene
  }
}
