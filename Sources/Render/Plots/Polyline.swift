/// A line on the canvas, made light enough to store without changing how it looks.
enum Polyline {
  /// The runs of consecutive finite points.
  static func runs(_ points: some Sequence<SIMD2<Double>>) -> [[SIMD2<Double>]] {
    var runs: [[SIMD2<Double>]] = []
    var run: [SIMD2<Double>] = []
    for point in points {
      if point.x.isFinite, point.y.isFinite {
        run.append(point)
      } else if !run.isEmpty {
        runs.append(run)
        run = []
      }
    }
    if !run.isEmpty { runs.append(run) }
    return runs
  }

  /// The first, lowest, highest and last point of every third of a point of width.
  ///
  /// A line whose x goes back, or with fewer than `limit` points, stays as it is.
  static func thinned(_ points: [SIMD2<Double>], limit: Int = 2000) -> [SIMD2<Double>] {
    guard points.count > limit, zip(points, points.dropFirst()).allSatisfy({ $0.x <= $1.x }) else {
      return points
    }
    var result: [SIMD2<Double>] = []
    var start = 0
    while start < points.count {
      let column = (points[start].x * 3).rounded(.down)
      var (end, low, high) = (start, start, start)
      while end < points.count, (points[end].x * 3).rounded(.down) == column {
        if points[end].y < points[low].y { low = end }
        if points[end].y > points[high].y { high = end }
        end += 1
      }
      var previous = -1
      for index in [start, min(low, high), max(low, high), end - 1] where index > previous {
        result.append(points[index])
        previous = index
      }
      start = end
    }
    return result
  }
}
