import Envs
import Foundation

/// Motions of arms and ends of clothoids that SciPy computed; `Tests/Fixtures/scipy/generate.py` made
/// them.
struct SciPyNumbers: Decodable {
  /// States after each action, from `start` on.
  struct Motion: Decodable {
    let arm: PlanarArm
    let start: [Double]
    let actions: [[Float]]
    let states: [[Double]]
  }

  /// What torques it takes.
  struct InverseDynamics: Decodable {
    let arm: PlanarArm
    let state: [Double]
    let accelerations: [Double]
    let torques: [Double]
  }

  /// A clothoid from the origin along x with the curvature 0 there.
  struct Clothoid: Decodable {
    let length: Double
    let curvature: Double
    let end: [Double]
  }

  let motions: [Motion]
  let inverseDynamics: [InverseDynamics]
  let clothoids: [Clothoid]

  static func load() throws -> SciPyNumbers {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/scipy/bodies.json").standardized
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
  }
}

extension PlanarArm.State {
  /// Shoulder, elbow and their speeds.
  init(_ numbers: [Double]) {
    self.init(
      shoulder: numbers[0], elbow: numbers[1], shoulderSpeed: numbers[2], elbowSpeed: numbers[3])
  }

  /// Shoulder, elbow and their speeds.
  var numbers: [Double] { [shoulder, elbow, shoulderSpeed, elbowSpeed] }
}
