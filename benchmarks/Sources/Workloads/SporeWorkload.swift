import Envs
import Glibc
import NeuroMod
import Tensor

/// A layer of plastic synapses, all to all, between Poisson inputs and stochastic neurons. A step is a
/// simulated second.
final class SporeWorkload: Runnable {
  private static let inputRate: Float = 10
  private let network: SporeNetwork
  private let sources: PoissonSources

  init(inputs: Int, outputs: Int, threads: Int) {
    let key = RandomKey(seed: 1)
    var options = SporeNetworkOptions()
    options.synapses.initialDeviation = 1
    network = SporeNetwork(
      options, inputs: inputs, outputs: outputs, pool: ThreadPool(threads: threads), key: key)
    sources = PoissonSources(count: inputs, key: key / "sources")
    sources.set(Array(repeating: Self.inputRate, count: inputs), at: 0)
  }

  func run(_ steps: Int) {
    for step in 0..<1000 * steps {
      sources.fire(at: network.step, into: network.inputs)
      // The reward changes every 20 ms, as in a closed loop.
      network.advance(reward: Float(step / 20 % 10))
    }
  }
}

/// An event camera that looks at a moving disc. A step is a frame.
final class EventCameraWorkload: Runnable {
  private let camera: EventCamera
  private var state = EventCamera.State()
  private var events: [CameraEvent] = []
  private var random = (RandomKey(seed: 1) / "camera").stream()
  private var frame: Int64 = 0

  init(_ options: EventCameraOptions) { camera = EventCamera(options) }

  func run(_ steps: Int) {
    for _ in 0..<steps {
      let angle = Float(frame) * 0.005
      let disc = SoftDisc(
        center: SIMD2(0.5 + 0.3 * cos(angle), 0.5 + 0.3 * sin(angle)), radius: 0.1, edge: 0.05)
      events.removeAll(keepingCapacity: true)
      camera.capture(
        disc, at: 20_000 * frame, state: &state, into: &events, using: &random)
      frame += 1
    }
  }
}

extension Workload {
  /// All-to-all plastic synapses; weights change every 100 ms.
  static func spore(inputs: Int, outputs: Int) -> Workload {
    let arguments = ["--inputs", "\(inputs)", "--outputs", "\(outputs)"]
    return Workload(
      name: "spore-\(inputs)-\(outputs)", step: "a second of \(inputs * outputs) plastic synapses",
      amount: ("simulated seconds", 1),
      peers: [
        PeerScript(.torch, "spore.py", arguments), PeerScript(.jax, "spore_jax.py", arguments),
        PeerScript(.brian, "spore_brian.py", arguments),
      ]
    ) { SporeWorkload(inputs: inputs, outputs: outputs, threads: $0) }
  }

  /// The whole loop of ball, camera, network and reward. Two processors have nothing to share.
  static var sporeReaching: Workload {
    Workload(
      name: "spore-reaching", step: "ten simulated seconds of the closed loop",
      amount: ("simulated seconds", 10)
    ) { threads in
      try AgentWorkload(
        #"{"name": "spore", "secondsPerIteration": 10, "decoder": {"gain": 0.5}, "network": "#
          + #"{"neurons": {"exponentialRate": 20, "current": -2}, "synapses": "#
          + #"{"learningRate": 1e-7, "priorPrecision": 0.25, "initialDeviation": 1}}}"#,
        environment: "ball-reaching-events", stepsPerIteration: 1, episodes: 0, threads: threads)
    }
  }

  /// Frames of 32 × 16 pixels.
  static func eventCamera(_ model: EventCameraOptions.Model) -> Workload {
    Workload(
      name: "event-camera-\(model.rawValue)", step: "a frame of 32 × 16 pixels",
      amount: ("frames", 1)
    ) { _ in
      var options = EventCameraOptions()
      (options.width, options.height, options.model) = (32, 16, model)
      return EventCameraWorkload(options)
    }
  }
}
