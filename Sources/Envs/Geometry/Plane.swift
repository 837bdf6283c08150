import Glibc

/// Distances in the plane, for what cameras see and for where goals lie.
public enum Plane {
  /// The unit vector at `angle` radians from the x axis: its cosine and sine.
  public static func direction(_ angle: Double) -> SIMD2<Double> {
    SIMD2(cos(angle), sin(angle))
  }

  /// The length of a vector.
  @inlinable
  public static func length(_ vector: SIMD2<Double>) -> Double {
    (vector * vector).sum().squareRoot()
  }

  /// The third component of the cross product: positive where `b` lies to the left of `a`.
  @inlinable
  public static func cross(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
    a.x * b.y - a.y * b.x
  }

  /// `vector` turned to the left by the angle whose cosine and sine are given.
  @inlinable
  public static func rotate(
    _ vector: SIMD2<Double>, by direction: SIMD2<Double>
  ) -> SIMD2<Double> {
    SIMD2(
      direction.x * vector.x - direction.y * vector.y,
      direction.y * vector.x + direction.x * vector.y)
  }

  /// How far `point` is from the segment between `start` and `end`.
  @inlinable
  public static func distance(
    from point: SIMD2<Double>, toSegment start: SIMD2<Double>, _ end: SIMD2<Double>
  ) -> Double {
    let (along, toPoint) = (end - start, point - start)
    let square = (along * along).sum()
    let share = square > 0 ? min(1, max(0, (along * toPoint).sum() / square)) : 0
    return length(toPoint - share * along)
  }
}
