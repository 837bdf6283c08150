import Tensor

/// In which order pixels are shown.
public enum PixelOrder: String, Sendable, CaseIterable {
  /// Row by row, from the left to the right.
  case natural
  /// One random order for all images.
  case permutedPixels
  /// Rows in one random order for all images, each from the left to the right.
  case permutedRows
  /// In the order of their numbers with the bits reversed.
  case bitReversed

  /// The pixel that is shown at each place.
  ///
  /// - Parameter seed: decides the random orders, whatever the seed of the experiment.
  func order(height: Int, width: Int, seed: UInt64) -> [Int] {
    var random = (RandomKey(seed: seed) / "pixel order").stream()
    let count = height * width
    switch self {
    case .natural: return Array(0..<count)
    case .permutedPixels: return random.permutation(count)
    case .permutedRows:
      return random.permutation(height).flatMap { row in row * width..<(row + 1) * width }
    case .bitReversed:
      var bits = 0
      while 1 << bits < count { bits += 1 }
      // Numbers beyond the last pixel are left out.
      return (0..<1 << bits).map { Self.reversed($0, bits: bits) }.filter { $0 < count }
    }
  }

  private static func reversed(_ number: Int, bits: Int) -> Int {
    (0..<bits).reduce(0) { $0 << 1 | (number >> $1) & 1 }
  }
}
