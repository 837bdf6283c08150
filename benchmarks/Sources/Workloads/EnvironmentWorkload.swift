import Agents
import Configuration
import Envs
import Tensor

/// Environments with random actions drawn beforehand; episodes restart by themselves.
final class EnvironmentWorkload: Runnable {
  private static let period = 64
  private let batches: [any VectorEnvironment]
  private let actions: [FloatBuffer]
  private let actionSize: Int
  private let pool: ThreadPool
  private var place = 0

  init(_ environment: JSONValue, environments: Int, threads: Int) throws {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(environment, at: .root)
    let key = RandomKey(seed: 1)
    let sizes = Partition.sizes(of: environments, parts: threads)
    batches = zip(sizes, Partition.starts(of: sizes)).map { rows, firstRow in
      factory.makeBatch(count: rows, firstRow: firstRow, key: key)
    }
    let space = factory.specification.actionSpace
    actionSize = space.count
    var policy = RandomPolicy(space: space)
    var random = (key / "actions").stream()
    actions = sizes.map { rows in
      let buffer = FloatBuffer(count: Self.period * rows * space.count)
      for start in stride(from: 0, to: buffer.count, by: space.count) {
        policy.act(
          observation: UnsafeBufferPointer(start: nil, count: 0), reward: 0,
          into: UnsafeMutableBufferPointer(start: buffer.pointer + start, count: space.count),
          using: &random)
      }
      return buffer
    }
    pool = ThreadPool(threads: threads)
  }

  func run(_ steps: Int) {
    let start = place
    pool.run(batches.count) { index in
      let batch = batches[index]
      for step in start..<start + steps {
        batch.step(actions[index].pointer + step % Self.period * batch.count * actionSize)
      }
    }
    place = (place + steps) % Self.period
  }
}

extension Workload {
  /// Against Gymnasium's vectorised NumPy implementation.
  static let cartPole = environment(
    "cartpole", peers: { [PeerScript(.torch, "cartpole_numpy.py", ["--environments", "\($0)"])] })

  /// The registered environment `name` with random actions, in a batch of 1024.
  static func environment(
    _ name: String, peers: (_ environments: Int) -> [PeerScript] = { _ in [] }
  ) -> Workload {
    let environments = 1024
    return Workload(
      name: name, step: "one step of \(environments) environments",
      amount: ("environment steps", Double(environments)), peers: peers(environments)
    ) { try EnvironmentWorkload(.string(name), environments: environments, threads: $0) }
  }

  /// The registered environment `name` before an event camera of 32 × 16 pixels, with random actions,
  /// in a batch of 128.
  static func watchedEnvironment(_ name: String) -> Workload {
    let environments = 128
    return Workload(
      name: name, step: "one step of \(environments) environments, seen in 32 × 16 pixels",
      amount: ("environment steps", Double(environments))
    ) { threads in
      let camera = JSONValue.object([.init("width", .number(32)), .init("height", .number(16))])
      return try EnvironmentWorkload(
        .object([.init("name", .string(name)), .init("camera", camera)]),
        environments: environments, threads: threads)
    }
  }
}
