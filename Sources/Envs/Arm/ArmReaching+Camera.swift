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

  let pose: ArmPose
  /// In metres from the shoulder.
  let goal: SIMD2<Double>?

  /// The links hide the goal.
  public func intensity(at point: SIMD2<Float>) -> Float {
    let place = Self.halfSide * SIMD2(2 * Double(point.x) - 1, 1 - 2 * Double(point.y))
    let links = Self.brightness(outside: pose.distance(from: place))
    let disc = goal.map {
      Self.brightness(outside: Plane.length(place - $0) - 2 * ArmReaching.targetRadius)
    }
    return Float(max(links, Self.goalBrightness * (disc ?? 0)))
  }

  /// 1 well inside a shape and 0 well outside, falling linearly across its edge.
  private static func brightness(outside distance: Double) -> Double {
    min(1, max(0, 0.5 - distance / edge))
  }
}
