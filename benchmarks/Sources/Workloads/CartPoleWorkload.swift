import Envs
import Tensor

/// Cart-poles with actions drawn beforehand; episodes restart by themselves.
final class CartPoleWorkload: Runnable {
  private static let period = 64
  private let batches: [any VectorEnvironment]
  private let actions: [FloatBuffer]
  private let pool: ThreadPool
  private var place = 0

  init(environments: Int, threads: Int) {
    let key = RandomKey(seed: 1)
    let rows = environments / threads
    batches = (0..<threads).map {
      KernelBatch(
        CartPole(), name: "cartpole", count: rows, firstRow: $0 * rows, key: key)
    }
    var random = (key / "actions").stream()
    actions = (0..<threads).map { _ in
      let buffer = FloatBuffer(count: Self.period * rows)
      for i in 0..<buffer.count { buffer.pointer[i] = Float(random.integer(below: 2)) }
      return buffer
    }
    pool = ThreadPool(threads: threads)
  }

  func run(_ steps: Int) {
    let start = place
    pool.run(batches.count) { index in
      let batch = batches[index]
      for step in start..<start + steps {
        batch.step(actions[index].pointer + step % Self.period * batch.count)
      }
    }
    place = (place + steps) % Self.period
  }
}

extension Workload {
  /// Against Gymnasium's vectorised NumPy implementation.
  static var cartPole: Workload {
    let environments = 1024
    return Workload(
      name: "cartpole", step: "one step of \(environments) environments",
      amount: ("environment steps", Double(environments)),
      peers: [PeerScript(.torch, "cartpole_numpy.py", ["--environments", "\(environments)"])]
    ) { CartPoleWorkload(environments: environments, threads: $0) }
  }
}
