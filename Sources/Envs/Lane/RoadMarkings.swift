/// What lies on a road with two lanes, seen from above: asphalt, a line at each edge, dashes in the
/// middle, kerbs beside them.
public struct RoadMarkings: Sendable, Equatable {
  /// The width of each lane in metres.
  public var laneWidth = 1.2
  /// The width of the lines in metres.
  public var lineWidth = 0.1
  /// The length of a dash and of the gap after it, in metres.
  public var dashes = (length: 0.8, gap: 0.8)
  /// The width of the asphalt beyond the lines at the edges, in metres.
  public var shoulderWidth = 0.1
  /// The width of the kerbs in metres.
  public var kerbWidth = 0.15

  /// The markings of ``LaneFollowing``.
  public init() {}

  /// How far the middle of the right lane is to the left of the middle of the road, in metres.
  public var laneOffset: Double { -laneWidth / 2 }
  /// How far the outer sides of the kerbs are from the middle of the road, in metres.
  public var halfWidth: Double { laneWidth + lineWidth / 2 + shoulderWidth + kerbWidth }

  /// What lies at `position`.
  public func surface(at position: RoadPosition) -> RoadSurface {
    let offset = abs(position.offset)
    if offset > halfWidth { return .ground }
    if offset > halfWidth - kerbWidth { return .kerb }
    if abs(offset - laneWidth) <= lineWidth / 2 { return .marking }
    let period = dashes.length + dashes.gap
    let phase = position.station.truncatingRemainder(dividingBy: period)
    return offset <= lineWidth / 2 && phase < dashes.length ? .marking : .asphalt
  }

  /// What lies at `point` beside `road`, the same as at its position but found faster, and how far
  /// around the point nothing else lies, in metres; 0 where that is not known.
  @inline(__always)
  public func surface(
    at point: SIMD2<Double>, beside road: Road
  ) -> (surface: RoadSurface, radius: Double) {
    let offsets = road.offsets(of: point)
    if offsets.least > halfWidth { return (.ground, offsets.least - halfWidth) }
    let borders = borders
    for band in 1..<RoadBand.ground.rawValue {
      let room = min(offsets.least - borders[band - 1], borders[band] - offsets.most)
      if room > 0, let surface = RoadBand(rawValue: band)?.surface { return (surface, room) }
    }
    return (surface(at: road.position(of: point)), 0)
  }

  /// Where the ``RoadBand``s end, in metres from the middle of the road; the last one goes on.
  var borders: SIMD8<Double> {
    var borders = SIMD8(repeating: Double.infinity)
    borders[0] = lineWidth / 2
    borders[1] = laneWidth - lineWidth / 2
    borders[2] = laneWidth + lineWidth / 2
    borders[3] = halfWidth - kerbWidth
    borders[4] = halfWidth
    return borders
  }

  /// Whether a dash lies in the middle of the road, for a station of which bounds within a lap are
  /// known; nil where they do not tell.
  func isDash(atStation least: Double, _ most: Double) -> Bool? {
    let period = dashes.length + dashes.gap
    let start = period * (least / period).rounded(.down)
    if most - start < dashes.length { return true }
    return least - start > dashes.length && most - start < period ? false : nil
  }

  /// Whether the widths and dashes are the same.
  public static func == (a: Self, b: Self) -> Bool {
    a.laneWidth == b.laneWidth && a.lineWidth == b.lineWidth && a.dashes == b.dashes
      && a.shoulderWidth == b.shoulderWidth && a.kerbWidth == b.kerbWidth
  }
}

/// What one crosses from the middle of a road outwards, the same on either side.
enum RoadBand: Int, CaseIterable {
  case dashes, lane, line, shoulder, kerb, ground

  /// How many there are.
  static let count = 6

  /// What lies there; nil for dashes, between which there is asphalt.
  var surface: RoadSurface? {
    switch self {
    case .dashes: nil
    case .lane, .shoulder: .asphalt
    case .line: .marking
    case .kerb: .kerb
    case .ground: .ground
    }
  }
}

/// What a point of the ground belongs to.
public enum RoadSurface: Sendable, Equatable, CaseIterable {
  /// What is beside the road.
  case ground
  /// The kerb.
  case kerb
  /// The road between its markings.
  case asphalt
  /// A line at the edge or a dash in the middle.
  case marking

  /// How bright it looks, 0 for black and 1 for white.
  public var brightness: Double {
    switch self {
    case .ground: 0.4
    case .kerb: 0.65
    case .asphalt: 0.2
    case .marking: 1
    }
  }
}
