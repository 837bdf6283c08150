import Tensor

/// The roads of ``LaneFollowing``.
public enum Track: String, Sendable, CaseIterable {
  /// Two straights and two wide curves, all to the left.
  case oval
  /// A bend to the right between bends to the left.
  case kidney
  /// A long way in and out, with curves to both sides.
  case horseshoe
  /// A zigzag and a long way back.
  case chicane
  /// One of the four above, drawn with the task.
  case fixed
  /// One of 64 random roads, drawn with the task; 16 others for tests.
  case random

  /// The roads of a split; the same at all times.
  func roads(of split: TaskSplit) -> [Road] {
    switch self {
    case .oval:
      [Road(corners: [SIMD2(0, 0), SIMD2(20, 0), SIMD2(20, 12), SIMD2(0, 12)])]
    case .kidney:
      [Road(corners: [SIMD2(0, 0), SIMD2(28, 0), SIMD2(26, 18), SIMD2(14, 11), SIMD2(2, 18)])]
    case .horseshoe:
      [
        Road(corners: [
          SIMD2(0, 0), SIMD2(30, 0), SIMD2(30, 20), SIMD2(20, 20), SIMD2(20, 10), SIMD2(10, 10),
          SIMD2(10, 20), SIMD2(0, 20),
        ])
      ]
    case .chicane:
      [
        Road(corners: [
          SIMD2(0, 0), SIMD2(32, 0), SIMD2(32, 15), SIMD2(23, 15), SIMD2(16, 9), SIMD2(9, 15),
          SIMD2(0, 15),
        ])
      ]
    case .fixed:
      [Track.oval, .kidney, .horseshoe, .chicane].flatMap { $0.roads(of: split) }
    case .random:
      (0..<(split == .train ? 64 : 16)).map { index in
        var random = (RandomKey(seed: 0) / "roads" / split.rawValue / index).stream()
        return .random(
          smallestRadius: Self.smallestRadius, clearance: Self.clearance, using: &random)
      }
    }
  }

  /// The smallest radius of the middle line in metres. On the inner lane of such a curve the nominal
  /// vehicle needs less than half of its steering angle.
  static let smallestRadius = 3.0
  /// The smallest distance in metres between parts of a road that do not follow each other.
  static let clearance = 5.0
}
