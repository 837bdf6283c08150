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
    try JSONDecoder().decode(Self.self, from: GymnasiumFiles.data(name)).episodes
  }
}

/// Mean returns in Gymnasium of policies that need no learning, from the same script.
struct GymnasiumReturns: Decodable {
  struct Row: Decodable {
    let episodes: Int
    let mean: Double
    /// Half the width of the 95 % interval.
    let margin: Double
  }

  /// By environment and name of the row.
  let returns: [String: [String: Row]]

  static func load() throws -> [String: [String: Row]] {
    try JSONDecoder().decode(Self.self, from: GymnasiumFiles.data("returns")).returns
  }
}

private enum GymnasiumFiles {
  static func data(_ name: String) throws -> Data {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/gymnasium/\(name).json").standardized
    return try Data(contentsOf: file)
  }
}
