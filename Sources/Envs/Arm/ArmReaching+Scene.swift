import Scenes

extension ArmReaching {
  /// The arm from above with the goal; the payload is drawn as large as it is heavy.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let pose = task.arm.pose(state.angles)
    var scene = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 2.6, height: 2.6))
    scene.disc(at: SIMD2(0, 0), radius: task.arm.lengths.sum(), Color(0xF4F5F7))
    scene.disc(at: task.goal, radius: 2 * Self.targetRadius, .green.withOpacity(0.3))
    scene.disc(at: task.goal, radius: Self.targetRadius, .green)
    let width = 2 * ArmPose.linkRadius
    scene.line([SIMD2(0, 0), pose.elbow], width: width, .blue)
    scene.line([pose.elbow, pose.tip], width: width, .sky)
    for joint in [SIMD2(0, 0), pose.elbow] {
      scene.disc(at: joint, radius: 0.5 * ArmPose.linkRadius, .ink)
    }
    let payload = (0.0008 + 0.004 * task.arm.payload).squareRoot()
    scene.disc(at: pose.tip, radius: payload, .vermilion)
    scene.follow(pose.tip, width: 0.012, .vermilion)
    return scene
  }
}
