import Glibc

/// The road before the camera of the vehicle.
extension LaneFollowing: Watchable {
  /// 20 ms.
  public var stepDuration: Double? { Self.timeStep }

  /// The ground ahead.
  public func lightField(_ state: State, of task: Task) -> RoadAhead {
    RoadAhead(road: road(of: task), pose: state.pose)
  }
}

/// What a ``GroundCamera`` on a vehicle sees of a road.
public struct RoadAhead: LightField {
  /// The brightness above the horizon.
  private static let sky: Float = 0.7

  private let road: Road
  private let position, direction: SIMD2<Double>

  /// What is seen from a vehicle at `pose`.
  init(road: Road, pose: Pose) {
    self.road = road
    position = pose.position
    direction = Plane.direction(pose.heading)
  }

  /// What lies at a place of the image.
  public func intensity(at point: SIMD2<Float>) -> Float {
    let camera = GroundCamera()
    let place = SIMD2(Double(camera.columns), Double(camera.rows)) * SIMD2<Double>(point)
    guard let seen = camera.groundPoint(column: place.x, row: place.y) else { return Self.sky }
    return ground(at: seen).brightness
  }

  /// A row of the image is a straight line on the ground, along which pixels are equally far apart, so
  /// that two points tell all others.
  public func render(width: Int, height: Int, into image: UnsafeMutablePointer<Float>) {
    let camera = GroundCamera()
    for y in 0..<height {
      let row = (Double(y) + 0.5) * Double(camera.rows) / Double(height)
      let pixels = image + y * width
      guard let left = camera.groundPoint(column: 0, row: row),
        let right = camera.groundPoint(column: Double(camera.columns), row: row)
      else {
        pixels.update(repeating: Self.sky, count: width)
        continue
      }
      let step = (right - left) / Double(width)
      let line = GroundLine(start: left + 0.5 * step, step: step)
      fill(pixels, from: 0, to: width, along: line)
    }
  }

  /// Looks at the pixel in the middle and fills those around it of which it tells the brightness, then
  /// what is left on either side.
  private func fill(
    _ pixels: UnsafeMutablePointer<Float>, from start: Int, to end: Int, along line: GroundLine
  ) {
    guard start < end else { return }
    let middle = (start + end) / 2
    let (brightness, radius) = ground(at: line.start + Double(middle) * line.step)
    let reach = Int(radius * line.pixelsPerMetre)
    let (first, last) = (max(start, middle - reach), min(end - 1, middle + reach))
    for x in first...last { pixels[x] = brightness }
    fill(pixels, from: start, to: first, along: line)
    fill(pixels, from: last + 1, to: end, along: line)
  }

  /// The brightness at a point ahead and to the left of the vehicle, and how far around it it is the same.
  @inline(__always)
  private func ground(at point: SIMD2<Double>) -> (brightness: Float, radius: Double) {
    let place = position + Plane.rotate(point, by: direction)
    let (surface, radius) = LaneFollowing.markings.surface(at: place, beside: road)
    return (Float(surface.brightness), radius)
  }
}

/// Where the pixels of a row of the image lie on the ground.
private struct GroundLine {
  /// The middle of the first pixel.
  let start: SIMD2<Double>
  /// From one pixel to the next.
  let step: SIMD2<Double>
  let pixelsPerMetre: Double

  init(start: SIMD2<Double>, step: SIMD2<Double>) {
    (self.start, self.step) = (start, step)
    pixelsPerMetre = 1 / Plane.length(step)
  }
}
