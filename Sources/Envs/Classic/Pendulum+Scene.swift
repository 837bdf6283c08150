import Glibc
import Scenes

extension Pendulum {
  /// The pendulum on its pivot; positive angles lean to the left, as Gymnasium shows them.
  public func scene(_ state: State, of task: OnlyTask) -> Scene? {
    var scene = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 2.6, height: 2.6))
    let tip = SIMD2(-sin(state.angle), cos(state.angle))
    scene.line([SIMD2(0, 0), SIMD2(0, 1.1)], width: 0.01, .muted, dash: [0.05, 0.05])
    scene.line([SIMD2(0, 0), tip], width: 0.16, .vermilion)
    scene.disc(at: SIMD2(0, 0), radius: 0.05, .ink)
    scene.follow(tip, width: 0.03, .orange)
    return scene
  }
}
