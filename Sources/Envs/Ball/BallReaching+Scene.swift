import Glibc
import Scenes

extension BallReaching {
  /// The plane from above with the ball, the goal and, where commands are turned, by how much.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let side = 2 * Self.halfSide
    let plane = SceneRectangle(center: SIMD2(0, 0), width: side, height: side)
    var scene = Scene(
      view: SceneRectangle(center: plane.center, width: side + 1, height: side + 1))
    scene.polygon(plane.corners, Color(0xF4F5F7))
    scene.disc(at: task.goal, radius: Self.goalRadius, .green.withOpacity(0.25))
    scene.disc(at: task.goal, radius: 0.2, .green)
    scene.disc(at: state.position, radius: Self.ballRadius, .orange)
    scene.disc(at: state.position, radius: 0.12, .ink)
    scene.follow(state.position, width: 0.12, .vermilion)
    if task.rotation != 0 {
      let degrees = Int((task.rotation * 180 / .pi).rounded())
      scene.label(
        "commands turned by \(degrees)°", at: SIMD2(-9.5, 9), height: 0.8, .muted, .left)
    }
    return scene
  }
}
