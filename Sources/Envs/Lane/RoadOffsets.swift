/// Bounds of how far a point is from the middle of a road, to either side, in metres.
public struct RoadOffsets: Sendable, Equatable {
  /// It is not nearer.
  public var least: Double
  /// It is not farther away.
  public var most: Double
}

/// The piece of a road that begins nearest to the middle of a cell of its grid.
struct RoadPieceNearby: Sendable {
  var index: Int32
  /// How far from the middle of the cell it begins at least, in metres; more than any other number far
  /// from the road.
  var distance: Float
}

/// The circle, or the straight line, on which a piece of a road begins, and how much the road may
/// differ from it.
struct RoadCircle: Sendable {
  /// How far along the road to either side that is known, in metres.
  private static let range = 1.5
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
  private let jumps: Double
  /// The largest change of curvature per metre in the range, in 1/m².
  private let rate: Double

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
    guard along < 0.8 * Self.range * inside else { return .infinity }
    guard jumps > 0 || rate > 0 else { return Self.rounding }
    let way = along / inside
    return way * way * (jumps + rate * way * (1 / 3.0)) + Self.rounding
  }
}
