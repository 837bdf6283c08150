import Scenes

extension LeverPress {
  /// The lever on its scale with the two marks that it has to cross, the lower one first.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let (stroke, lever) = (Double(Self.stroke), Double(state.lever))
    var scene = Scene(
      view: SceneRectangle(
        around: [SIMD2(-stroke, -stroke), SIMD2(stroke, stroke), SIMD2(0, lever)],
        margin: 10))
    scene.line([SIMD2(0, -2 * stroke), SIMD2(0, 2 * stroke)], width: 0.3, .muted)
    for (height, isCrossed) in [(-stroke, state.wasDown), (stroke, state.cycle.phase == .reward)] {
      let color = isCrossed ? Color.green : .vermilion
      scene.line([SIMD2(-6, height), SIMD2(6, height)], width: 0.6, color)
    }
    scene.line([SIMD2(-9, lever), SIMD2(9, lever)], width: 1.6, .blue)
    scene.disc(at: SIMD2(0, lever), radius: 1.6, state.cycle.tint)
    return scene
  }
}
