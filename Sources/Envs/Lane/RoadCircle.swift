/// The circle, or the straight line, on which a piece of a road begins, and how much the road may
/// differ from it.
struct RoadCircle: Sendable {
  /// How far along the road to either side that is known, in metres.
  private static let range = 1.5
  /// How far ahead or behind points of it may lie, as a share of the range and in metres.
  static let reach = 0.8 * range
  /// Room for rounding, in metres.
  private static let rounding = 1e-9

  /// Where the piece begins, in metres from the start of the road.
  let station: Double
  /// Where it begins in the plane.
  let position: SIMD2<Double>
  /// Cosine and sine of the direction there.
  let direction: SIMD2<Double>
  /// The curvature there in 1/m.
  let curvature: Double
  /// The sum of the sudden changes of curvature in the range, in 1/m.
  let jumps: Double
  /// The largest change of curvature per metre in the range, in 1/m².
  let rate: Double

  /// That of piece `index`; the last piece is the first one again, without length.
  init(at index: Int, of pieces: [RoadPiece]) {
    let count = pieces.count - 1
    let lap = pieces[count].start
    func length(_ index: Int) -> Double { pieces[index + 1].start - pieces[index].start }
    var (jumps, rate) = (0.0, 0.0)
    for step in [-1, 1] {
      var current = (index + (step < 0 ? count - 1 : 0)) % count
      var way = 0.0
      while way < min(Self.range, lap) {
        let end = pieces[current].curvature + pieces[current].rate * length(current)
        let jump = abs(pieces[(current + 1) % count].curvature - end)
        // What rounding makes of two equal curvatures is no jump.
        if jump > 1e-9 { jumps += jump }
        rate = max(rate, abs(pieces[current].rate))
        way += length(current)
        current = (current + step + count) % count
      }
    }
    let piece = pieces[index]
    (station, position) = (piece.start, piece.position)
    (direction, curvature) = (piece.direction, piece.curvature)
    (self.jumps, self.rate) = (jumps, rate)
  }

  /// How far the road is from the circle at most, in metres, where a point lies that is `along` metres
  /// ahead or behind and nearer to the centre by 1 − `inside` of the radius: twice what the changes of
  /// curvature come to, as the way along the road is known from the circle only.
  @inline(__always)
  func deviation(within along: Double, inside: Double) -> Double {
    guard along < Self.reach * inside else { return .infinity }
    guard jumps > 0 || rate > 0 else { return Self.rounding }
    let way = along / inside
    return way * way * (jumps + rate * way * (1 / 3.0)) + Self.rounding
  }

  /// Bounds of how far the road is from `point`.
  @inline(__always)
  func offsets(of point: SIMD2<Double>) -> RoadOffsets {
    let difference = point - position
    let along = abs((direction * difference).sum())
    let aside = Plane.cross(direction, difference)
    let inside = 1 - curvature * aside
    guard inside > 0.1 else { return RoadOffsets(least: 0, most: .infinity) }
    var offset = aside
    if curvature != 0 {
      // Without a division by the curvature, which may be small.
      let bent = 2 * aside - curvature * (difference * difference).sum()
      offset = bent / (1 + (1 - curvature * bent).squareRoot())
    }
    let error = deviation(within: along, inside: inside)
    return RoadOffsets(least: abs(offset) - error, most: abs(offset) + error)
  }

  /// Bounds of the station, not wrapped, of a point that is within 6 cm of the middle of the road and
  /// within ``reach`` of where the circle begins.
  ///
  /// On the circle it is the arc tangent of `way`, of which two terms are taken; the next one bounds
  /// the rest. The road turns away from the circle by an angle of at most `turn`, so that the point's
  /// nearest place on it lies no farther on than the deviation, which is twice what is needed, and what
  /// 6 cm come to under that angle, with room for the curvature.
  @inline(__always)
  func stations(of point: SIMD2<Double>) -> (least: Double, most: Double) {
    let difference = point - position
    let inside = 1 - curvature * Plane.cross(direction, difference)
    let along = (direction * difference).sum()
    let way = along / inside
    let square = (curvature * way) * (curvature * way)
    let middle = station + way * (1 - square * (1 / 3.0))
    let size = abs(way)
    let rest = size * square * square * (1 / 5.0)
    let turn = size * (jumps + 0.5 * rate * size)
    let error = rest + deviation(within: abs(along), inside: inside) + 0.1 * turn
    return (middle - error, middle + error)
  }
}
