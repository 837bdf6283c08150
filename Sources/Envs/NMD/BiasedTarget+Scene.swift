import Scenes

extension BiasedTarget {
  /// A number line with the observed number, the target that is off by the bias, and the bias.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let observed = Double(state.position)
    let target = Double(state.position - task.bias)
    let limit = Double(Self.limit)
    var scene = Scene(
      view: SceneRectangle(center: SIMD2(0, 0.2), width: 2.2 * limit, height: 0.5 * limit))
    scene.polygon(
      SceneRectangle(center: SIMD2(target, 0), width: 2, height: 2.4).corners,
      .green.withOpacity(0.35))
    scene.line([SIMD2(-limit, 0), SIMD2(limit, 0)], width: 0.12, .muted)
    for tick in stride(from: -limit, through: limit, by: 5) {
      scene.line([SIMD2(tick, -0.3), SIMD2(tick, 0.3)], width: 0.08, .muted)
      scene.label("\(Int(tick))", at: SIMD2(tick, -2.2), height: 1.1, .muted)
    }
    scene.arrow(from: SIMD2(observed, 2.2), to: SIMD2(target, 2.2), width: 0.14, .vermilion)
    scene.label("target", at: SIMD2(target, -3.6), height: 1.2, .green)
    scene.disc(at: SIMD2(observed, 0), radius: 0.6, .blue)
    scene.label("seen", at: SIMD2(observed, 3.1), height: 1.2, .blue)
    return scene
  }
}
