/// The shape of an observation that is an image: a number for each pixel, row by row from the top.
public struct ObservationImage: Sendable, Equatable {
  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int

  /// A shape.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Pixels.
  public var count: Int { width * height }
}
