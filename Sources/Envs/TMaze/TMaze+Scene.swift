import Scenes

extension TMaze {
  /// The corridor with the sign in its first cell, the two goal cells, and the mover. A long corridor is
  /// shown around the mover; the sign stays in the label.
  public func scene(_ state: State, of task: Task) -> Scene? {
    let length = options.length
    let first = max(0, min(state.cell - 12, length - 24))
    let last = min(length, first + 24)
    let center = SIMD2(Double(first + last) / 2, 0)
    var scene = Scene(
      view: SceneRectangle(center: center, width: max(8, Double(last - first) + 3), height: 5))
    func cell(_ place: SIMD2<Double>, _ color: Color) {
      scene.polygon(SceneRectangle(center: place, width: 0.92, height: 0.92).corners, color)
    }
    for number in first...last {
      cell(SIMD2(Double(number), 0), number == 0 ? Color(0xD7E7F4) : .pale)
    }
    let goal = Double(task.rawValue)
    if last == length {
      cell(SIMD2(Double(length), goal), .green)
      cell(SIMD2(Double(length), -goal), .vermilion.withOpacity(0.6))
    }
    if first == 0 {
      scene.arrow(from: SIMD2(0, -0.3 * goal), to: SIMD2(0, 0.35 * goal), width: 0.08, .blue)
    }
    let mover = SIMD2(Double(state.cell), Double(state.side))
    scene.disc(at: mover, radius: 0.28, .orange)
    scene.follow(mover, width: 0.1, .orange)
    scene.label(
      "the sign says \(task), cell \(state.cell) of \(length)",
      at: center + SIMD2(0, 1.9), height: 0.35, .muted)
    return scene
  }
}
