import Configuration
import Synchronization

/// A configured task: what configurations name. Data sets are read when the task is first needed, and
/// once.
public struct SequenceTaskFactory: Sendable {
  private let lazily: Lazily

  /// A task that `make` reads from somewhere.
  public init(make: @escaping @Sendable () throws -> any SequenceTask) {
    lazily = Lazily(make)
  }

  /// The task.
  ///
  /// - Throws: ``DataSetError`` where files are missing or damaged, `ConfigurationError` where they
  ///   do not fit the options.
  public func task() throws -> any SequenceTask { try lazily.value() }

  private final class Lazily: Sendable {
    private let make: @Sendable () throws -> any SequenceTask
    private let known = Mutex<(any SequenceTask)?>(nil)

    init(_ make: @escaping @Sendable () throws -> any SequenceTask) { self.make = make }

    func value() throws -> any SequenceTask {
      try known.withLock { known in
        if let known { return known }
        let task = try make()
        known = task
        return task
      }
    }
  }
}

extension Registry<SequenceTaskFactory> {
  /// Adds a task that needs nothing but its options.
  public mutating func register<Task: SequenceTask & Configurable>(
    _ name: String, _ summary: String, _ type: Task.Type
  ) {
    register(
      Entry(name, summary, options: Task.self) { task in SequenceTaskFactory { task } })
  }

  /// The tasks that come with MetaRL.
  public static var standard: Registry<SequenceTaskFactory> {
    var registry = Registry(kind: "task")
    registry.register(
      CopyFirstInput.name, "Remember the first of many random numbers.", CopyFirstInput.self)
    registry.register(
      Denoising.name, "Remember five flagged values, or their signs, among noise.", Denoising.self)
    registry.register(
      SignCopy.name, "Remember the sign of one flagged value among noise.", SignCopy.self)
    registry.register(
      DelayedCopy.name, "Repeat a string of symbols after a delay.", DelayedCopy.self)
    registry.register(
      StoreRecall.name, "Store a bit shown by spikes, recall it when asked.", StoreRecall.self)
    for family in ImageFamily.allCases {
      registry.register(
        Entry(family.rawValue, family.summary, options: ImageClassification.Options.self) {
          options in
          SequenceTaskFactory { try ImageClassification(options, family: family) }
        })
    }
    registry.register(
      Entry(
        EventClassification.name, "Classify digits from the events of a moving camera.",
        options: EventClassification.Options.self
      ) { options in SequenceTaskFactory { try EventClassification(options) } })
    return registry
  }
}
