/// What a camera looks at, without a 3-D engine: brightness as a formula of the place in the image.
///
/// ```swift
/// struct Horizon: LightField {
///   func intensity(at point: SIMD2<Float>) -> Float { point.y < 0.5 ? 0.9 : 0.2 }
/// }
/// ```
public protocol LightField {
  /// The brightness in [0, 1] at a point of the image, whose left upper corner is (0, 0) and whose right
  /// lower corner is (1, 1).
  func intensity(at point: SIMD2<Float>) -> Float
  /// Fills an image, row after row from the top, with the brightness in the middle of each pixel. There
  /// is an implementation that asks ``intensity(at:)`` of each; write one where pixels have something in
  /// common.
  func render(width: Int, height: Int, into image: UnsafeMutablePointer<Float>)
}

extension LightField {
  /// Asks for the brightness of each pixel.
  @inlinable
  public func render(width: Int, height: Int, into image: UnsafeMutablePointer<Float>) {
    let pixel = SIMD2(1 / Float(width), 1 / Float(height))
    for y in 0..<height {
      for x in 0..<width {
        let point = (SIMD2(Float(x), Float(y)) + 0.5) * pixel
        image[y * width + x] = intensity(at: point)
      }
    }
  }
}

/// A bright disc with a soft edge on a dark plane.
public struct SoftDisc: LightField {
  /// The centre, in units of the image.
  public var center: SIMD2<Float>
  /// The radius at which the brightness is half, in units of the image.
  public var radius: Float
  /// Over which distance the brightness falls from 1 to 0, in units of the image.
  public var edge: Float

  /// A disc.
  public init(center: SIMD2<Float>, radius: Float, edge: Float) {
    self.center = center
    self.radius = radius
    self.edge = edge
  }

  /// 1 inside, 0 outside, falling linearly in between.
  @inlinable
  public func intensity(at point: SIMD2<Float>) -> Float {
    let offset = point - center
    let square = (offset * offset).sum()
    let outside = radius + 0.5 * edge
    guard square < outside * outside else { return 0 }
    return min(1, (outside - square.squareRoot()) / edge)
  }
}
