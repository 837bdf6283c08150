/// Where a camera looks that makes three saccades of equal duration along an isosceles triangle, as
/// wide as high: from the left upper corner to the middle below, to the right upper corner, and
/// back.
///
/// Source: G. Orchard et al., "Converting static image datasets to spiking neuromorphic datasets
/// using saccades", Frontiers in Neuroscience 9:437, 2015. The constant speed of a saccade is ours.
enum SaccadePath {
  private static let corners: [SIMD2<Float>] = [
    SIMD2(-0.5, -0.5), SIMD2(0, 0.5), SIMD2(0.5, -0.5), SIMD2(-0.5, -0.5),
  ]

  /// The point looked at, to the right of and below the middle, in sides of the square around the
  /// triangle.
  ///
  /// - Parameter share: the part of the time that has passed, 0 to 1.
  static func gaze(at share: Float) -> SIMD2<Float> {
    let sides = corners.count - 1
    let passed = share * Float(sides)
    let side = min(Int(passed), sides - 1)
    return corners[side] + (passed - Float(side)) * (corners[side + 1] - corners[side])
  }
}
