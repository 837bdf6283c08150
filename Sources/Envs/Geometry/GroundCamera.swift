import Glibc

/// A pinhole camera on a vehicle that looks ahead and down at flat ground. Pixels are counted from the
/// left and from the top; whole numbers are their upper left corners, their middles half a pixel on.
public struct GroundCamera: Sendable, Equatable {
  /// Pixels of a row.
  public var columns = 32
  /// Rows of pixels.
  public var rows = 16
  /// The height above the ground in metres.
  public var height = 0.7
  /// How far ahead of the vehicle's point of reference it is, in metres.
  public var ahead = 0.5
  /// How far it looks down from the horizon, in radians.
  public var pitch = 25 * Double.pi / 180
  /// The angle between the left and the right side of the image, in radians.
  public var fieldOfView = 90 * Double.pi / 180

  /// The camera of ``LaneFollowing``.
  public init() {}

  /// The distance of the image from the pinhole, in pixels.
  private var focalLength: Double { Double(columns) / 2 / tan(fieldOfView / 2) }

  /// The point of the ground that is seen at a place of the image, in metres ahead and to the left of
  /// the vehicle's point of reference; nil at the horizon and above.
  public func groundPoint(column: Double, row: Double) -> SIMD2<Double>? {
    let right = (column - Double(columns) / 2) / focalLength
    let below = (row - Double(rows) / 2) / focalLength
    let down = sin(pitch) + below * cos(pitch)
    guard down > 0 else { return nil }
    let distance = height / down
    return SIMD2(
      ahead + distance * (cos(pitch) - below * sin(pitch)), -distance * right)
  }

  /// The corners of the ground that is seen as far as `reach` metres ahead, in metres ahead and to the
  /// left of the vehicle's point of reference.
  public func footprint(reach: Double) -> [SIMD2<Double>] {
    let near = [Double(columns), 0].compactMap { groundPoint(column: $0, row: Double(rows)) }
    let depth = (reach - ahead) * cos(pitch) + height * sin(pitch)
    let side = depth * tan(fieldOfView / 2)
    return near + [SIMD2(reach, side), SIMD2(reach, -side)]
  }

  /// Where a point of the ground is seen; nil where it is behind the camera.
  public func imagePoint(of point: SIMD2<Double>) -> (column: Double, row: Double)? {
    let forward = point.x - ahead
    let depth = forward * cos(pitch) + height * sin(pitch)
    guard depth > 0 else { return nil }
    let below = (height * cos(pitch) - forward * sin(pitch)) / depth
    return (
      Double(columns) / 2 - focalLength * point.y / depth,
      Double(rows) / 2 + focalLength * below
    )
  }
}
