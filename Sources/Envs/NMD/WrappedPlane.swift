import Glibc
import Tensor

/// The plane in which benchmarks 2 and 3 of the neuromodulation paper take place: `[-2, 2]²` with
/// opposite sides joined, and a mover whose only choice is its heading.
///
/// Source: N. Vecoven, D. Ernst, L. Wehenkel, G. Drion, "Introducing neuromodulation in deep neural
/// networks to learn adaptive behaviours", PLOS ONE 15(1): e0227922, 2020, and its released code.
public enum WrappedPlane {
  /// Half the side of the plane.
  public static let halfSide: Float = 2
  /// How far the mover gets in one step.
  public static let stepLength: Float = 0.25
  /// Distance from a target's centre up to which it counts as touched.
  public static let targetRadius: Float = 0.4
  /// Teleports land farther than this from every target.
  public static let teleportDistance: Float = 0.6
  /// Teleports land in the square of this half side.
  public static let teleportHalfSide: Float = 1.5

  /// The heading in radians that an action means: `π·action` modulo 2π, in (0, 2π] for actions of 0
  /// and below and in [0, 2π) above.
  public static func heading(ofAction action: Float) -> Float {
    let turn = 2 * Float.pi
    let angle = Float.pi * action
    return angle > 0 ? fmod(angle, turn) : turn - fmod(-angle, turn)
  }

  /// The action that means the heading of `direction`; the inverse of ``heading(ofAction:)``.
  public static func action(towards direction: SIMD2<Float>) -> Float {
    atan2(direction.y, direction.x) / Float.pi
  }

  /// One step's length in the direction `heading` (radians).
  public static func displacement(heading: Float) -> SIMD2<Float> {
    stepLength * SIMD2(cos(heading), sin(heading))
  }

  /// `position` with each coordinate brought back by one side where it left the plane.
  public static func wrap(_ position: SIMD2<Float>) -> SIMD2<Float> {
    let side = SIMD2(repeating: 2 * halfSide)
    var wrapped = position
    wrapped.replace(with: position - side, where: position .> halfSide)
    wrapped.replace(with: position + side, where: position .< -halfSide)
    return wrapped
  }

  /// The distance of two points as the crow flies inside the square, not across its sides.
  public static func distance(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> Float {
    let difference = a - b
    return (difference * difference).sum().squareRoot()
  }

  /// A target's centre, uniform in `[-1, 1]²`.
  public static func sampleTarget(using random: inout RandomStream) -> SIMD2<Float> {
    SIMD2(random.uniform(-1, 1), random.uniform(-1, 1))
  }

  /// A point uniform in `[-1.5, 1.5]²`, redrawn until `isFree` accepts it.
  @inline(__always)
  static func teleport(
    using random: inout RandomStream, where isFree: (SIMD2<Float>) -> Bool
  ) -> SIMD2<Float> {
    while true {
      let point = SIMD2(
        random.uniform(-teleportHalfSide, teleportHalfSide),
        random.uniform(-teleportHalfSide, teleportHalfSide))
      if isFree(point) { return point }
    }
  }
}
