import Envs

/// A grey image as a camera sees it: between the middles of its pixels brightness is interpolated
/// (bilinear), and around it everything is dark.
struct ImageField: LightField {
  /// Where the camera looks, in pixels of the image to the right of and below its middle.
  var gaze = SIMD2<Float>(0, 0)
  /// What the camera sees at once: columns and rows.
  private let view: SIMD2<Float>
  /// The left upper corner of the view at rest, from the middle of the first of `pixels`.
  private let origin: Float
  /// Columns and rows of the image.
  private let size: SIMD2<Float>
  /// The image with a dark pixel on each side, row after row.
  private let pixels: [Float]
  /// Pixels of a row of `pixels`.
  private let columns: Int

  /// An image that fills the camera's view but for `margin` dark pixels on each side.
  init(_ image: Image, margin: Int) {
    size = SIMD2(Float(image.width), Float(image.height))
    view = size + Float(2 * margin)
    origin = 0.5 - Float(margin)
    columns = image.width + 2
    var pixels = [Float](repeating: 0, count: columns * (image.height + 2))
    for row in 0..<image.height {
      for column in 0..<image.width {
        pixels[(row + 1) * columns + column + 1] = image[row * image.width + column]
      }
    }
    self.pixels = pixels
  }

  func intensity(at point: SIMD2<Float>) -> Float {
    // From the middle of the first pixel, in pixels. Farther out it is as dark as at the rim.
    let unbounded = point * view + gaze + origin
    let place = unbounded.clamped(lowerBound: .zero, upperBound: size + 1)
    let corner = pointwiseMin(place.rounded(.down), size)
    let share = place - corner
    let first = Int(corner.y) * columns + Int(corner.x)
    let upper = interpolated(from: first, share.x)
    return upper + share.y * (interpolated(from: first + columns, share.x) - upper)
  }

  /// The brightness between a pixel and its right neighbour.
  private func interpolated(from pixel: Int, _ share: Float) -> Float {
    pixels[pixel] + share * (pixels[pixel + 1] - pixels[pixel])
  }
}
