import Tensor

/// The arrays that a ``VectorEnvironment`` shows, allocated once and stored with a checkpoint.
@usableFromInline
final class BatchBuffers {
  @usableFromInline let count: Int
  @usableFromInline let observationSize: Int
  @usableFromInline let executedActionSize: Int
  @usableFromInline let counterCount: Int

  @usableFromInline let observations: UnsafeMutablePointer<Float>
  @usableFromInline let finalObservations: UnsafeMutablePointer<Float>
  @usableFromInline let rewards: UnsafeMutablePointer<Float>
  @usableFromInline let ends: UnsafeMutablePointer<StepEnd>
  @usableFromInline let executedActions: UnsafeMutablePointer<Float>
  @usableFromInline let counters: UnsafeMutablePointer<Float>

  /// Cleared buffers for `count` rows of an environment with `specification`.
  @usableFromInline
  init(count: Int, specification: EnvironmentSpecification) {
    precondition(count >= 0, "a batch cannot have \(count) rows")
    self.count = count
    observationSize = specification.observationSpace.count
    executedActionSize = specification.executedActionSize
    counterCount = specification.counterNames.count
    observations = Self.allocate(count * observationSize)
    finalObservations = Self.allocate(count * observationSize)
    rewards = Self.allocate(count)
    executedActions = Self.allocate(count * executedActionSize)
    counters = Self.allocate(count * counterCount)
    ends = .allocate(capacity: count)
    ends.initialize(repeating: .running, count: count)
  }

  deinit {
    observations.deallocate()
    finalObservations.deallocate()
    rewards.deallocate()
    executedActions.deallocate()
    counters.deallocate()
    ends.deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
    pointer.initialize(repeating: 0, count: count)
    return pointer
  }

  /// Forgets the last step; the first observations become the last ones too.
  @usableFromInline
  func clearAfterReset() {
    rewards.update(repeating: 0, count: count)
    ends.update(repeating: .running, count: count)
    executedActions.update(repeating: 0, count: count * executedActionSize)
    counters.update(repeating: 0, count: count * counterCount)
    finalObservations.update(from: observations, count: count * observationSize)
  }

  /// Where the observation of `row` stands.
  @inlinable
  func observation(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: observations + row * observationSize, count: observationSize)
  }

  /// Where the final observation of `row` stands.
  @inlinable
  func finalObservation(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: finalObservations + row * observationSize, count: observationSize)
  }

  /// Shows the final observation of `row` as the present one.
  @inlinable
  func showFinalObservation(_ row: Int) {
    (observations + row * observationSize).update(
      from: finalObservations + row * observationSize, count: observationSize)
  }

  /// Where the executed action of `row` stands.
  @inlinable
  func executedAction(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: executedActions + row * executedActionSize, count: executedActionSize)
  }

  /// Where the counters of `row` stand.
  @inlinable
  func counters(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: counters + row * counterCount, count: counterCount)
  }

  private var floatArrays: [(name: String, start: UnsafeMutablePointer<Float>, size: Int)] {
    [
      ("observations", observations, observationSize),
      ("finalObservations", finalObservations, observationSize),
      ("rewards", rewards, 1),
      ("executedActions", executedActions, executedActionSize),
      ("counters", counters, counterCount),
    ]
  }

  /// Stores all arrays.
  @usableFromInline
  func save(into archive: inout Archive, prefix: String) {
    for (name, start, size) in floatArrays {
      archive.store(
        ArchivedTensor(
          UnsafeBufferPointer(start: start, count: count * size), shape: [count, size]),
        prefix + "/" + name, in: .state)
    }
    archive.store(
      ArchivedTensor(type: .uint8, shape: [count], bytes: (0..<count).map { ends[$0].rawValue }),
      prefix + "/ends", in: .state)
  }

  /// Arrays read from an archive and found to fit, not yet put in place.
  @usableFromInline
  struct Stored {
    let floats: [[Float]]
    let ends: [StepEnd]
  }

  /// Reads all arrays and checks that they fit.
  @usableFromInline
  func read(from archive: Archive, prefix: String) throws -> Stored {
    let floats = try floatArrays.map { name, _, size in
      try archive.floats(prefix + "/" + name, count: count * size, in: .state)
    }
    let name = prefix + "/ends"
    let tensor = try archive.tensor(name, in: .state)
    let ends = tensor.bytes.compactMap { StepEnd(rawValue: $0) }
    guard tensor.type == .uint8, tensor.shape == [count], ends.count == count else {
      throw ArchiveError(name: name, reason: "does not hold the ends of \(count) rows")
    }
    return Stored(floats: floats, ends: ends)
  }

  /// Puts stored arrays in place.
  @usableFromInline
  func assign(_ stored: Stored) {
    for (array, values) in zip(floatArrays, stored.floats) {
      for (index, value) in values.enumerated() { array.start[index] = value }
    }
    for (row, end) in stored.ends.enumerated() { ends[row] = end }
  }
}
