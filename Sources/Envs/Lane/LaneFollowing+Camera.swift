import Glibc

/// The road before the camera of the vehicle.
extension LaneFollowing: Watchable {
  /// 20 ms.
  public var stepDuration: Double? { Self.timeStep }

  /// The ground ahead.
  public func lightField(_ state: State, of task: Task) -> RoadAhead {
    RoadAhead(environment: self, task: task, pose: state.pose)
  }
}

/// What a ``GroundCamera`` on a vehicle sees of a road.
public struct RoadAhead: LightField {
  /// The brightness above the horizon.
  private static let sky: Float = 0.7

  let environment: LaneFollowing
  let task: LaneFollowing.Task
  let pose: Pose

  /// What lies at a place of the image.
  public func intensity(at point: SIMD2<Float>) -> Float {
    let camera = GroundCamera()
    let place = SIMD2(Double(camera.columns), Double(camera.rows)) * SIMD2<Double>(point)
    return brightness(at: camera.groundPoint(column: place.x, row: place.y))
  }

  /// A row of the image is a straight line on the ground, along which pixels are equally far apart, so
  /// that two points tell all others.
  public func render(width: Int, height: Int, into image: UnsafeMutablePointer<Float>) {
    let camera = GroundCamera()
    for y in 0..<height {
      let row = (Double(y) + 0.5) * Double(camera.rows) / Double(height)
      let left = camera.groundPoint(column: 0, row: row)
      let right = camera.groundPoint(column: Double(camera.columns), row: row)
      for x in 0..<width {
        let share = (Double(x) + 0.5) / Double(width)
        let point = left.flatMap { left in right.map { left + share * ($0 - left) } }
        image[y * width + x] = brightness(at: point)
      }
    }
  }

  private func brightness(at point: SIMD2<Double>?) -> Float {
    guard let point else { return Self.sky }
    return Float(environment.surface(at: pose.toPlane(point), of: task).brightness)
  }
}
