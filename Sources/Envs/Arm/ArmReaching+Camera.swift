/// The arm before a camera above its shoulder.
extension ArmReaching: Watchable {
  /// 20 ms.
  public var stepDuration: Double? { Self.timeStep }

  /// The links, and the goal where it is shown.
  public func lightField(_ state: State, of task: Task) -> ArmSeenFromAbove {
    ArmSeenFromAbove(
      pose: task.arm.pose(state.angles), goal: options.showsGoal ? task.goal : nil)
  }
}

/// The bright links of an arm above a dark plane with a grey goal. The image shows a square around the
/// shoulder; y points up in the plane and down in the image.
public struct ArmSeenFromAbove: LightField {
  /// Half the side of the square that is seen, in metres.
  private static let halfSide = 1.3
  /// Over which distance an edge fades, in metres.
  private static let edge = 0.1
  private static let goalBrightness = 0.5
  /// By how much less than it seems may be dark: more than what 32-bit places of pixels are off by.
  private static let rounding = 1e-5

  let pose: ArmPose
  /// In metres from the shoulder.
  let goal: SIMD2<Double>?

  /// The links hide the goal.
  public func intensity(at point: SIMD2<Float>) -> Float { seen(at: point).brightness }

  /// A pixel tells how many of those after it in its row are dark as well.
  public func render(width: Int, height: Int, into image: UnsafeMutablePointer<Float>) {
    image.update(repeating: 0, count: width * height)
    let pixel = SIMD2(1 / Float(width), 1 / Float(height))
    let pixelsPerMetre = Double(width) / (2 * Self.halfSide)
    for y in 0..<height {
      var x = 0
      while x < width {
        let (brightness, radius) = seen(at: (SIMD2(Float(x), Float(y)) + 0.5) * pixel)
        image[y * width + x] = brightness
        x += 1 + Int(max(0, radius - Self.rounding) * pixelsPerMetre)
      }
    }
  }

  /// The brightness at a point of the image, and how far around it all is dark, in metres of the plane.
  @inline(__always)
  private func seen(at point: SIMD2<Float>) -> (brightness: Float, radius: Double) {
    let place = Self.halfSide * SIMD2(2 * Double(point.x) - 1, 1 - 2 * Double(point.y))
    let toLinks = pose.distance(from: place)
    let toGoal = goal.map { Plane.length(place - $0) - 2 * ArmReaching.targetRadius }
    let links = Self.brightness(outside: toLinks)
    let disc = toGoal.map(Self.brightness(outside:))
    return (
      Float(max(links, Self.goalBrightness * (disc ?? 0))),
      min(toLinks, toGoal ?? .infinity) - 0.5 * Self.edge
    )
  }

  /// 1 well inside a shape and 0 well outside, falling linearly across its edge.
  private static func brightness(outside distance: Double) -> Double {
    min(1, max(0, 0.5 - distance / edge))
  }
}
