import Foundation

/// Episodes recorded from Gymnasium; `Tests/Fixtures/gymnasium/generate.py` made them.
struct GymnasiumTraces: Decodable {
  struct Episode: Decodable {
    let initialState: [Double]
    let actions: [Float]
    let states: [[Double]]
    let observations: [[Float]]
    let rewards: [Double]
    let terminated: Bool
    let truncated: Bool
  }

  let episodes: [Episode]

  /// The traces of one environment.
  static func load(_ name: String) throws -> [Episode] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/gymnasium/\(name).json").standardized
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file)).episodes
  }
}
