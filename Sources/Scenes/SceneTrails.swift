/// Connects the followed points of successive scenes to traces.
///
/// ```swift
/// var trails = SceneTrails(length: 200)
/// for … { window.draw(trails.extended(by: scene)) }
/// ```
public struct SceneTrails: Sendable {
  private let length: Int
  private var paths: [[SIMD2<Double>]] = []

  /// Trails of at most `length` points.
  public init(length: Int) {
    precondition(length > 0, "a trail needs at least one point")
    self.length = length
  }

  /// Forgets everything: an episode begins.
  public mutating func clear() { paths.removeAll(keepingCapacity: true) }

  /// Remembers the followed points of `scene` and returns it with their traces in front. Where the
  /// number of points has changed, all trails begin anew; where a point has jumped by more than a
  /// quarter of the view's height, its own does.
  public mutating func extended(by scene: Scene) -> Scene {
    if paths.count != scene.followed.count {
      paths = Array(repeating: [], count: scene.followed.count)
    }
    let farthest = 0.25 * scene.view.height
    var result = scene
    for (index, point) in scene.followed.enumerated() {
      if let last = paths[index].last {
        let jump = point.position - last
        if (jump * jump).sum() > farthest * farthest { paths[index].removeAll() }
      }
      if paths[index].count == length { paths[index].removeFirst() }
      paths[index].append(point.position)
      if paths[index].count > 1 {
        result.add(.trace(paths[index], width: point.width, color: point.color))
      }
    }
    return result
  }
}
