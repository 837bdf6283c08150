/// What an environment looks like at one moment: a handful of shapes in a plane, and the part of the
/// plane that is shown. It says what to draw and not how; a picture, a window and a video draw it.
///
/// Coordinates are those of the environment, x to the right and y upwards, in its own unit of length.
///
/// ```swift
/// var scene = Scene(view: SceneRectangle(center: [0, 0], width: 4, height: 4))
/// scene.disc(at: target, radius: 0.4, .green)
/// scene.disc(at: mover, radius: 0.1, .blue)
/// scene.follow(mover, .blue)
/// ```
public struct Scene: Sendable, Equatable {
  /// The part of the plane that is shown.
  public var view: SceneRectangle
  /// The colour behind everything.
  public var background: Color
  /// What is drawn, the rearmost first.
  public private(set) var shapes: [Shape] = []
  /// Points whose paths are worth seeing. Whoever draws one scene after the other connects them;
  /// see ``SceneTrails``.
  public private(set) var followed: [FollowedPoint] = []

  /// A scene without shapes.
  public init(view: SceneRectangle, background: Color = .white) {
    self.view = view
    self.background = background
  }

  /// Adds a shape in front of the others.
  public mutating func add(_ shape: Shape) { shapes.append(shape) }

  /// Adds a filled polygon.
  public mutating func polygon(_ corners: [SIMD2<Double>], _ fill: Color) {
    add(.polygon(corners, fill: fill))
  }

  /// Adds a filled disc.
  public mutating func disc(at center: SIMD2<Double>, radius: Double, _ fill: Color) {
    add(.disc(center: center, radius: radius, fill: fill))
  }

  /// Adds a line through `points`, `width` thick, with round ends; `dash` gives the lengths of dashes
  /// and gaps.
  public mutating func line(
    _ points: [SIMD2<Double>], width: Double, _ color: Color, dash: [Double] = []
  ) {
    add(.line(points, width: width, color: color, dash: dash))
  }

  /// Adds an arrow from `start` to `end`, `width` thick.
  public mutating func arrow(
    from start: SIMD2<Double>, to end: SIMD2<Double>, width: Double, _ color: Color
  ) {
    let difference = end - start
    let length = (difference * difference).sum().squareRoot()
    guard length > 0 else { return }
    let along = difference / length
    let across = SIMD2(-along.y, along.x)
    let neck = end - min(4 * width, length) * along
    line([start, neck], width: width, color)
    polygon([end, neck + 2 * width * across, neck - 2 * width * across], color)
  }

  /// Adds one line of text, `height` tall, on the baseline through `position`.
  public mutating func label(
    _ text: String, at position: SIMD2<Double>, height: Double, _ color: Color = .ink,
    _ anchor: TextAnchor = .center
  ) {
    add(.label(text, position: position, height: height, color: color, anchor: anchor))
  }

  /// Lets the path of `point` be drawn, `width` thick.
  public mutating func follow(_ point: SIMD2<Double>, width: Double, _ color: Color) {
    followed.append(FollowedPoint(position: point, width: width, color: color))
  }

  /// Whether every number is finite and every width and radius positive.
  public var isDrawable: Bool {
    view.isDrawable && shapes.allSatisfy(\.isDrawable)
      && followed.allSatisfy { $0.position.isFinite && $0.width > 0 }
  }
}

/// A shape of a ``Scene``. Lengths are in the scene's unit.
public enum Shape: Sendable, Equatable {
  /// A filled polygon.
  case polygon([SIMD2<Double>], fill: Color)
  /// A filled disc.
  case disc(center: SIMD2<Double>, radius: Double, fill: Color)
  /// A line with round ends, or with dashes where `dash` is not empty.
  case line([SIMD2<Double>], width: Double, color: Color, dash: [Double])
  /// A path that fades towards its beginning.
  case trace([SIMD2<Double>], width: Double, color: Color)
  /// One line of text on a baseline.
  case label(
    String, position: SIMD2<Double>, height: Double, color: Color, anchor: TextAnchor)

  /// Whether every number is finite and every width and radius positive.
  var isDrawable: Bool {
    switch self {
    case .polygon(let corners, _): corners.allSatisfy(\.isFinite)
    case .disc(let center, let radius, _): center.isFinite && radius.isFinite && radius > 0
    case .line(let points, let width, _, let dash):
      points.allSatisfy(\.isFinite) && width.isFinite && width > 0
        && dash.allSatisfy { $0.isFinite && $0 > 0 }
    case .trace(let points, let width, _):
      points.allSatisfy(\.isFinite) && width.isFinite && width > 0
    case .label(_, let position, let height, _, _):
      position.isFinite && height.isFinite && height > 0
    }
  }
}

/// Where a text stands relative to its position.
public enum TextAnchor: Sendable, Equatable {
  /// It begins there.
  case left
  /// Its middle is there.
  case center
  /// It ends there.
  case right
}

/// A point whose path is worth seeing.
public struct FollowedPoint: Sendable, Equatable {
  /// Where it is now.
  public var position: SIMD2<Double>
  /// How thick its path is.
  public var width: Double
  /// The colour of its path.
  public var color: Color
}

/// A rectangle with sides along the axes: what a camera over the plane shows.
public struct SceneRectangle: Sendable, Equatable {
  /// The middle.
  public var center: SIMD2<Double>
  /// The extent along x.
  public var width: Double
  /// The extent along y.
  public var height: Double

  /// A rectangle around `center`.
  public init(center: SIMD2<Double>, width: Double, height: Double) {
    self.center = center
    self.width = width
    self.height = height
  }

  /// The smallest rectangle around `points` with `margin` on each side.
  public init(around points: [SIMD2<Double>], margin: Double) {
    var (low, high) = (
      SIMD2(repeating: Double.infinity), SIMD2(repeating: -Double.infinity)
    )
    for point in points {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    let size = high - low + 2 * margin
    self.init(center: (low + high) / 2, width: size.x, height: size.y)
  }

  /// The corners, counterclockwise from the lower left one.
  public var corners: [SIMD2<Double>] {
    let (x, y) = (width / 2, height / 2)
    return [SIMD2(-x, -y), SIMD2(x, -y), SIMD2(x, y), SIMD2(-x, y)].map { center + $0 }
  }

  var isDrawable: Bool {
    center.isFinite && width.isFinite && height.isFinite && width > 0 && height > 0
  }
}

extension SIMD2<Double> {
  /// Whether both numbers are finite.
  fileprivate var isFinite: Bool { x.isFinite && y.isFinite }
}
