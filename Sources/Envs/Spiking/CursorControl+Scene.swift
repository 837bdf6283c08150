import Scenes

extension CursorControl {
  /// The cursor, the middle where it begins, and the target in the colour of what happens.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let target = SIMD2<Double>(Self.target)
    let cursor = SIMD2<Double>(state.cursor)
    let radius = Double(Self.targetRadius)
    var scene = Scene(view: SceneRectangle(around: [SIMD2(0, 0), target, cursor], margin: 20))
    scene.disc(at: target, radius: radius, state.cycle.tint.withOpacity(0.35))
    scene.disc(at: target, radius: 0.1 * radius, state.cycle.tint)
    for axis in [SIMD2(2.0, 0), SIMD2(0, 2.0)] {
      scene.line([-axis, axis], width: 0.3, .muted)
    }
    scene.disc(at: cursor, radius: 1.5, .orange)
    scene.follow(cursor, width: 0.5, .vermilion)
    return scene
  }
}

extension TrialCycle {
  /// The colour of the aim: grey while nothing is to be done, green in a trial, orange with the reward.
  var tint: Color {
    switch phase {
    case .waiting: .muted
    case .trial: .green
    case .reward: .orange
    }
  }
}
