import Scenes

extension PatternMatching {
  /// One column for each group of outputs, as high as its rate; that of the shown pattern is green.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let groups = options.groups
    let rates = state.sums.map { Double($0 / Self.windowSeconds) }
    let highest = max(100, rates.max() ?? 0)
    let width = highest / Double(groups)
    var scene = Scene(
      view: SceneRectangle(around: [SIMD2(0, 0), SIMD2(highest, highest)], margin: 0.15 * highest))
    scene.line([SIMD2(0, 0), SIMD2(highest, 0)], width: 0.006 * highest, .muted)
    for (group, rate) in rates.enumerated() {
      let color = state.pattern == group ? Color.green : .muted
      let middle = (Double(group) + 0.5) * width
      if rate > 0 {
        let column = SceneRectangle(
          center: SIMD2(middle, rate / 2), width: 0.7 * width, height: rate)
        scene.polygon(column.corners, color)
      }
      scene.disc(at: SIMD2(middle, -0.06 * highest), radius: 0.03 * min(width, highest), color)
    }
    scene.label(
      state.pattern.map { "pattern \($0)" } ?? "background",
      at: SIMD2(0, 1.05 * highest), height: 0.05 * highest, .ink, .left)
    return scene
  }
}
