/// What a ``GroundCamera`` on a vehicle of ``LaneFollowing`` sees of a road.
public struct RoadAhead: LightField {
  /// The brightness above the horizon.
  private static let sky: Float = 0.7

  private let road: Road
  private let position, direction: SIMD2<Double>

  /// What is seen from a vehicle at `pose`. The road must be one of a ``Track``.
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
    return brightness(at: toPlane(seen))
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
      pixels.update(repeating: RoadRow.unknown, count: width)
      let step = (right - left) / Double(width)
      fill(pixels, count: width, along: GroundLine(start: left + 0.5 * step, step: step))
    }
  }

  /// Looks at the middle of the first pixels that are not known, which are negative, until all are.
  private func fill(_ pixels: UnsafeMutablePointer<Float>, count: Int, along line: GroundLine) {
    var (start, end) = (0, count)
    while start < count {
      look(at: (start + end) / 2, of: pixels, from: start, to: end, along: line)
      while start < count, pixels[start] >= 0 { start &+= 1 }
      end = start
      while end < count, pixels[end] < 0 { end &+= 1 }
    }
  }

  /// Fills the pixel `middle`, and those around it of which it tells the brightness.
  @inline(__always)
  private func look(
    at middle: Int, of pixels: UnsafeMutablePointer<Float>, from start: Int, to end: Int,
    along line: GroundLine
  ) {
    let point = toPlane(line.point(middle))
    switch road.surroundings(of: point) {
    case .far(let distance):
      let radius = distance - LaneFollowing.markings.halfWidth
      let reach = Int(radius / Plane.length(line.step))
      for x in max(start, middle - reach)...min(end - 1, middle + reach) {
        pixels[x] = RoadSurface.ground.intensity
      }
    case .near(let circle):
      let row = RoadRow(
        through: point, step: Plane.rotate(line.step, by: direction), beside: circle)
      row.fill(.init(start: pixels + start, count: end - start), from: start - middle)
      for x in start..<end where pixels[x] == RoadRow.dashes {
        pixels[x] = dashes(at: toPlane(line.point(x)), beside: circle)
      }
      if pixels[middle] < 0 { pixels[middle] = brightness(at: point) }
    }
  }

  /// The brightness in the middle of the road as far as `circle` tells.
  @inline(__always)
  private func dashes(at point: SIMD2<Double>, beside circle: RoadCircle) -> Float {
    let (least, most) = circle.stations(of: point)
    guard least >= 0, most < road.length,
      let isDash = LaneFollowing.markings.isDash(atStation: least, most)
    else { return RoadRow.unknown }
    return (isDash ? RoadSurface.marking : .asphalt).intensity
  }

  /// The brightness of any point.
  private func brightness(at point: SIMD2<Double>) -> Float {
    LaneFollowing.markings.surface(at: point, beside: road).surface.intensity
  }

  /// A point ahead and to the left of the vehicle in the plane.
  @inline(__always)
  private func toPlane(_ point: SIMD2<Double>) -> SIMD2<Double> {
    position + Plane.rotate(point, by: direction)
  }
}

extension RoadSurface {
  /// The brightness of a pixel.
  fileprivate var intensity: Float { Float(brightness) }
}

/// Where the pixels of a row of the image lie on the ground.
private struct GroundLine {
  /// The middle of the first pixel.
  let start: SIMD2<Double>
  /// From one pixel to the next.
  let step: SIMD2<Double>

  /// The middle of a pixel.
  @inline(__always)
  func point(_ pixel: Int) -> SIMD2<Double> { start + Double(pixel) * step }
}
