import Glibc
import Tensor

/// Brings a disc to the middle of the image by events alone: the mean place of recent events is where
/// the disc is. The best policy known that sees no more than a learning agent.
struct EventTracker: ScriptedPolicy {
  /// How much of the past is kept from one step to the next.
  private static let memory: Float = 0.9

  let width: Int
  let height: Int
  private var sum = SIMD2<Float>(0, 0)
  private var weight: Float = 0

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  mutating func begin(taskParameters: [Float]) {
    sum = SIMD2(0, 0)
    weight = 0
  }

  mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    sum *= Self.memory
    weight *= Self.memory
    let middle = 0.5 * SIMD2(Float(width - 1), Float(height - 1))
    for (index, event) in observation.enumerated() where event != 0 {
      let pixel = index % (width * height)
      sum += SIMD2(Float(pixel % width), Float(pixel / width)) - middle
      weight += 1
    }
    // Rows are counted downwards. Without an event, any motion brings some.
    let offset = weight > 0.01 ? SIMD2(sum.x, -sum.y) / weight : SIMD2(1, 0)
    let distance = max(1e-6, (offset * offset).sum().squareRoot())
    action[0] = -offset.x / distance
    action[1] = -offset.y / distance
  }

  /// The row of the ball before a camera.
  static func row(_ camera: EventCameraOptions) -> ScriptedRow {
    ScriptedRow(
      name: "tracker", role: .oracle, summary: "Heads for the middle from where the events are."
    ) { EventTracker(width: camera.width, height: camera.height) }
  }
}
