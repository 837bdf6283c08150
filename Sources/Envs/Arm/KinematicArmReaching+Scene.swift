import Glibc
import Scenes

extension KinematicArmReaching {
  /// The plane from above with the arm on its lower edge and the goal in its middle.
  public func scene(_ state: State, of task: OnlyTask) -> Scene? {
    let side = 2 * BallReaching.halfSide
    let plane = SceneRectangle(center: SIMD2(0, 0), width: side, height: side)
    let elbow = Self.base + Self.linkLength * Plane.direction(state.angles.x)
    let tip = Self.tip(of: state.angles)
    var scene = Scene(view: SceneRectangle(around: plane.corners + [elbow], margin: 0.5))
    scene.polygon(plane.corners, Color(0xF4F5F7))
    scene.disc(at: SIMD2(0, 0), radius: BallReaching.goalRadius, .green.withOpacity(0.25))
    scene.disc(at: SIMD2(0, 0), radius: 0.2, .green)
    scene.line([Self.base, elbow], width: 0.5, .blue)
    scene.line([elbow, tip], width: 0.5, .sky)
    for joint in [Self.base, elbow] { scene.disc(at: joint, radius: 0.35, .ink) }
    scene.disc(at: tip, radius: BallReaching.ballRadius, .orange)
    scene.follow(tip, width: 0.12, .vermilion)
    return scene
  }
}
