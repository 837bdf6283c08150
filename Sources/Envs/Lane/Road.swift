import Glibc

/// The middle line of a closed road in the plane, made of straights, arcs and clothoids. It is
/// immutable, and its functions are pure: threads may share it.
public final class Road: Sendable {
  /// The longest piece in metres.
  private static let pieceLength = 0.25
  /// The side of the cells in which the nearest place of the road is noted, in metres.
  private static let cellSide = 0.5
  private static let cellsPerMetre = 1 / cellSide
  /// How far from the road places are noted, in metres.
  private static let reach = 4.0
  /// Farther from the road than this a bound of the distance does, in metres.
  private static let circleReach: Float = 2.5
  /// How far points of a cell and the road between the beginnings of pieces can be from the middle of
  /// the cell and from the nearest beginning, in metres together.
  private static let cellRadius = cellSide * 0.5.squareRoot() + pieceLength / 2

  /// The segments in their order.
  public let segments: [RoadSegment]
  /// Where the road begins.
  public let start: Pose
  /// The length in metres.
  public let length: Double
  /// How far the end is from the start, in metres and radians; rounding errors, if the road closes.
  public let gap: (distance: Double, angle: Double)
  /// The smallest and the largest coordinates of the middle line, in metres.
  public let bounds: (low: SIMD2<Double>, high: SIMD2<Double>)

  /// The pieces, and the first one again at the end of the road.
  private let pieces: [RoadPiece]
  /// For each stretch of equal length, the piece in which it begins.
  private let pieceOfStretch: [Int32]
  /// The circles on which the pieces begin.
  private let circles: [RoadCircle]
  private let stretchesPerMetre: Double
  /// For each cell of a grid, row after row, the piece whose beginning is nearest to its middle.
  private let nearestPiece: [RoadPieceNearby]
  private let gridOrigin: SIMD2<Double>
  private let gridSize: (columns: Int, rows: Int)

  /// A road that begins at `start` and follows `segments` back to it. Segments without length are
  /// left out.
  public init(start: Pose, segments: [RoadSegment]) {
    let segments = segments.filter { $0.length > 1e-9 }
    precondition(!segments.isEmpty, "a road needs a segment")
    let (pieces, length) = Self.pieces(of: segments, from: start)
    self.segments = segments
    self.start = start
    self.length = length
    self.pieces = pieces
    let end = pieces[pieces.count - 1]
    gap = (
      Plane.length(end.position - start.position),
      Plane.cross(end.direction, pieces[0].direction)
    )
    let stretches = 2 * pieces.count
    stretchesPerMetre = Double(stretches) / length
    pieceOfStretch = Self.index(pieces, stretches: stretches, length: length)
    var low = start.position
    var high = start.position
    for piece in pieces {
      low = pointwiseMin(low, piece.position)
      high = pointwiseMax(high, piece.position)
    }
    bounds = (low, high)
    gridOrigin = low - Self.reach
    let cells = (high - low + 2 * Self.reach) / Self.cellSide
    gridSize = (Int(cells.x) + 1, Int(cells.y) + 1)
    nearestPiece = Self.grid(of: pieces, origin: gridOrigin, size: gridSize)
    circles = pieces.indices.map { RoadCircle(at: $0, of: pieces) }
  }

  /// `station` brought into one lap, 0 up to the length.
  @inline(__always)
  public func wrapped(_ station: Double) -> Double {
    station - length * floor(station / length)
  }

  /// The middle of the road `station` metres from its start; stations go round.
  @inline(__always)
  public func frame(at station: Double) -> RoadFrame {
    let station = wrapped(station)
    var index = Int(pieceOfStretch[Int(station * stretchesPerMetre)])
    while index + 1 < pieces.count, station >= pieces[index + 1].start { index += 1 }
    return pieces[index].frame(at: station - pieces[index].start)
  }

  /// The place on the road that is nearest to `point`, exact to rounding within 4 m of the middle line
  /// as long as `point` is nearer to it than the centre of its curve. Farther away the offset is that
  /// of some place of the road, so its size is never less than the true distance.
  public func position(of point: SIMD2<Double>) -> RoadPosition {
    // Newton's first step, from where a piece begins.
    let circle = circles[Int(nearestPiece[cell(of: point)].index)]
    let difference = point - circle.position
    let along = (circle.direction * difference).sum()
    let inside = 1 - circle.curvature * Plane.cross(circle.direction, difference)
    let step = along / max(0.2, inside)
    return position(of: point, near: circle.station + (step.isFinite ? step : 0))
  }

  /// Bounds of the size of the offset that ``position(of:)`` finds, from the circle on which the
  /// nearest piece begins: much faster, and exact on straights and arcs.
  @inline(__always)
  public func offsets(of point: SIMD2<Double>) -> RoadOffsets {
    switch surroundings(of: point) {
    case .far(let distance): RoadOffsets(least: distance, most: .infinity)
    case .near(let circle): circle.offsets(of: point)
    }
  }

  /// What is known of the road around `point` without a search.
  @inline(__always)
  func surroundings(of point: SIMD2<Double>) -> RoadSurroundings {
    let nearby = nearestPiece[cell(of: point)]
    guard nearby.distance < Self.circleReach else {
      let distance = min(Double(nearby.distance), Self.reach - Self.cellSide)
      return .far(distance - Self.cellRadius)
    }
    return .near(circles[Int(nearby.index)])
  }

  /// The place on the road nearest to `point` around `station`, which must be within a metre of it: the
  /// faster the better it is known.
  public func position(of point: SIMD2<Double>, near station: Double) -> RoadPosition {
    var station = station
    var frame = frame(at: station)
    var difference = point - frame.position
    var offset = Plane.cross(frame.direction, difference)
    // Newton's method for a difference at right angles to the road.
    for _ in 0..<6 {
      let along = (frame.direction * difference).sum()
      guard abs(along) > 1e-10 else { break }
      station += along / max(0.2, 1 - frame.curvature * offset)
      frame = self.frame(at: station)
      difference = point - frame.position
      offset = Plane.cross(frame.direction, difference)
    }
    let distance = Plane.length(difference)
    return RoadPosition(
      station: wrapped(station), offset: offset < 0 ? -distance : distance,
      heading: frame.heading, curvature: frame.curvature)
  }

  /// The line `offset` metres to the left of the middle, closed, with points at most `spacing` metres
  /// apart along the middle.
  public func line(offset: Double, spacing: Double = 0.5) -> [SIMD2<Double>] {
    let parts = Int((length / spacing).rounded(.up))
    return (0...parts).map {
      frame(at: Double($0) * length / Double(parts)).point(offset: offset)
    }
  }

  @inline(__always)
  private func cell(of point: SIMD2<Double>) -> Int {
    let place = (point - gridOrigin) * Self.cellsPerMetre
    let column = min(Double(gridSize.columns - 1), max(0, place.x))
    let row = min(Double(gridSize.rows - 1), max(0, place.y))
    return Int(row) * gridSize.columns + Int(column)
  }

  // MARK: Construction

  /// The pieces of `segments` from `start` on and one without length at their end, and their length.
  static func pieces(
    of segments: [RoadSegment], from start: Pose
  ) -> (pieces: [RoadPiece], length: Double) {
    var piece = RoadPiece(
      start: 0, position: start.position,
      direction: Plane.direction(start.heading), heading: start.heading,
      curvature: 0, rate: 0)
    var pieces: [RoadPiece] = []
    for segment in segments {
      piece.curvature = segment.startCurvature
      piece.rate = (segment.endCurvature - segment.startCurvature) / segment.length
      let count = Int((segment.length / pieceLength).rounded(.up))
      let (first, part) = (piece, segment.length / Double(count))
      for index in 1...count {
        pieces.append(piece)
        let end = piece.frame(at: part)
        piece.start = first.start + Double(index) * part
        piece.position = end.position
        piece.heading = first.heading + first.turn(to: Double(index) * part)
        piece.direction = Plane.direction(piece.heading)
        piece.curvature = end.curvature
      }
      piece.start = first.start + segment.length
    }
    piece.curvature = pieces[0].curvature
    piece.rate = pieces[0].rate
    pieces.append(piece)
    return (pieces, piece.start)
  }

  private static func index(
    _ pieces: [RoadPiece], stretches: Int, length: Double
  ) -> [Int32] {
    var index = 0
    return (0...stretches).map { stretch in
      let station = Double(stretch) * length / Double(stretches)
      while index + 2 < pieces.count, pieces[index + 1].start <= station { index += 1 }
      return Int32(index)
    }
  }

  /// Notes the nearest piece in all cells that its beginning can reach.
  private static func grid(
    of pieces: [RoadPiece], origin: SIMD2<Double>, size: (columns: Int, rows: Int)
  ) -> [RoadPieceNearby] {
    var distances = Array(repeating: Double.infinity, count: size.columns * size.rows)
    var nearest = Array(repeating: Int32(0), count: distances.count)
    for (index, piece) in pieces.enumerated() {
      let low = (piece.position - reach - origin) / cellSide
      let high = (piece.position + reach - origin) / cellSide
      for row in max(0, Int(low.y))...min(size.rows - 1, Int(high.y)) {
        for column in max(0, Int(low.x))...min(size.columns - 1, Int(high.x)) {
          let middle = origin + cellSide * SIMD2(Double(column) + 0.5, Double(row) + 0.5)
          let distance = Plane.length(middle - piece.position)
          let cell = row * size.columns + column
          guard distance < distances[cell] else { continue }
          distances[cell] = distance
          nearest[cell] = Int32(index)
        }
      }
    }
    return zip(nearest, distances).map { RoadPieceNearby(index: $0, distance: Float($1).nextDown) }
  }
}

/// A place as one on a road sees it.
public struct RoadPosition: Sendable, Equatable {
  /// Metres along the middle line from the start of the road to the nearest place.
  public var station: Double
  /// Metres from there to the left of the middle line; negative to the right.
  public var offset: Double
  /// The direction of the road there in radians.
  public var heading: Double
  /// The curvature of the middle line there in 1/m.
  public var curvature: Double
}
