import Sequences
import Tensor

/// Which examples each update learns from: new ones every time, or passes over a training set, each in
/// an order of its own. It follows from the number of the update, so there is nothing to store.
struct ExampleOrder {
  /// Updates of a pass over the training set; what is left over is left out. Nil where every example is
  /// new.
  let updatesPerEpoch: Int?
  private let batch: Int
  private let count: Int
  private let key: RandomKey
  private var epoch = -1
  private var order: [Int] = []

  /// - Parameter count: training examples, nil for new ones every time.
  init(count: Int?, batch: Int, key: RandomKey) {
    self.count = count ?? 0
    self.batch = batch
    self.key = key
    updatesPerEpoch = count.map { $0 / batch }
  }

  /// Shuffles where an epoch begins. Call it before the requests of an update.
  mutating func prepare(update: Int) {
    guard let updatesPerEpoch, update / updatesPerEpoch != epoch else { return }
    epoch = update / updatesPerEpoch
    var random = (key / "order" / epoch).stream()
    random.permute(count, into: &order)
  }

  /// The example in a row of an update's batch.
  func request(update: Int, row: Int) -> ExampleRequest {
    guard let updatesPerEpoch else {
      return ExampleRequest(update * batch + row, of: .training, key: key)
    }
    let place = update % updatesPerEpoch * batch + row
    return ExampleRequest(order[place], of: .training, visit: epoch, key: key)
  }
}
