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

/// What is known of a road around a point without a search.
enum RoadSurroundings {
  /// The road is no nearer than this, in metres.
  case far(Double)
  /// The circle on which the nearest piece begins.
  case near(RoadCircle)
}
