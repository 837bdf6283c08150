import Tensor

/// Where the tasks of a batch come from: a split of the task distribution, or a finite set out of it.
///
/// The tasks of a set have streams of their own, below a key that no batch draws from. They are therefore the same
/// in training and test and for every seed of a training, and the first ones of a larger set are those of a smaller one.
public struct TaskSource: Sendable, Equatable {
  /// The split that tasks belong to.
  public let split: TaskSplit
  /// The number of tasks in the set; 0 where every draw is a new one.
  public let count: Int
  private let key: RandomKey

  /// A set of `count` tasks of `split`, or 0 for the whole split.
  ///
  /// - Parameter seed: names the set.
  public init(_ split: TaskSplit, count: Int = 0, seed: UInt64 = 0) {
    precondition(count >= 0, "there cannot be \(count) tasks")
    self.split = split
    self.count = count
    key = RandomKey(seed: seed) / "tasks" / split.rawValue
  }

  /// All tasks to learn from.
  public static let train = TaskSource(.train)
  /// All tasks that are kept for tests.
  public static let test = TaskSource(.test)

  /// Draws a task of `environment`; out of a set, each with the same probability.
  @inlinable
  public func draw<Base: Environment>(
    from environment: Base, using random: inout RandomStream
  ) -> Base.Task {
    guard count > 0 else { return environment.sampleTask(from: split, using: &random) }
    var own = stream(ofTask: random.integer(below: count))
    return environment.sampleTask(from: split, using: &own)
  }

  /// The stream that a task of the set is drawn from.
  @usableFromInline
  func stream(ofTask index: Int) -> RandomStream { (key / index).stream() }
}
