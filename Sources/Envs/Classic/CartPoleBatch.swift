import CKernels
import Tensor

/// Many ``CartPole``s stepped side by side by one vectorised kernel: the same trajectories as
/// ``BatchedEnvironment`` of ``CartPole``, to the bit, some ten times as fast.
public final class CartPoleBatch: VectorEnvironment {
  /// Sizes and names.
  public let specification: EnvironmentSpecification
  /// The number of rows.
  public let count: Int
  private let horizon: Int
  private let buffers: BatchBuffers
  /// Positions, then velocities, angles and angular velocities of all rows.
  private let state: UnsafeMutablePointer<Double>
  private let steps: UnsafeMutablePointer<Int64>
  private let resetStreams: UnsafeMutablePointer<RandomStream>
  private let environment: CartPole

  /// Whether finished rows begin a new episode by themselves.
  public var autoreset = true {
    didSet {
      guard autoreset && !oldValue else { return }
      for row in 0..<count where isFinished(row) { beginEpisode(row) }
    }
  }

  /// `count` rows numbered from `firstRow`, each at the beginning of its first episode.
  public init(
    _ environment: CartPole = CartPole(), name: String, count: Int, firstRow: Int = 0,
    key: RandomKey
  ) {
    self.count = count
    self.environment = environment
    specification = EnvironmentSpecification(name: name, of: environment)
    horizon = environment.options.horizon
    buffers = BatchBuffers(count: count, specification: specification)
    state = .allocate(capacity: 4 * count)
    state.initialize(repeating: 0, count: 4 * count)
    steps = .allocate(capacity: count)
    steps.initialize(repeating: 0, count: count)
    resetStreams = .allocate(capacity: count)
    for row in 0..<count {
      let rowKey = key / "environment" / (firstRow + row)
      (resetStreams + row).initialize(to: (rowKey / "reset").stream())
      beginEpisode(row)
    }
    buffers.clearAfterReset()
  }

  deinit {
    state.deallocate()
    steps.deallocate()
    resetStreams.deallocate()
  }

  /// `[count × 4]`: what the agent sees now.
  public var observations: UnsafePointer<Float> { UnsafePointer(buffers.observations) }
  /// `[count × 4]`: the last observation of the step, also where an episode ended.
  public var finalObservations: UnsafePointer<Float> { UnsafePointer(buffers.finalObservations) }
  /// `[count]`: rewards of the last step.
  public var rewards: UnsafePointer<Float> { UnsafePointer(buffers.rewards) }
  /// `[count]`: how the last step ended.
  public var ends: UnsafePointer<StepEnd> { UnsafePointer(buffers.ends) }
  /// `[count]`: the last pushes.
  public var executedActions: UnsafePointer<Float> { UnsafePointer(buffers.executedActions) }
  /// Nothing is counted.
  public var counters: UnsafePointer<Float> { UnsafePointer(buffers.counters) }

  /// Begins new episodes in all rows.
  public func reset() {
    for row in 0..<count { beginEpisode(row) }
    buffers.clearAfterReset()
  }

  /// Advances all rows.
  public func step(_ actions: UnsafePointer<Float>) {
    if autoreset {
      advance(first: 0, rows: count, actions)
      buffers.rewards.update(repeating: 1, count: count)
      buffers.observations.update(from: buffers.finalObservations, count: 4 * count)
      beginEndedEpisodes()
    } else {
      for row in 0..<count {
        if isFinished(row) {
          buffers.rewards[row] = 0
        } else {
          advance(first: row, rows: 1, actions)
          buffers.rewards[row] = 1
        }
      }
      buffers.observations.update(from: buffers.finalObservations, count: 4 * count)
    }
  }

  private func isFinished(_ row: Int) -> Bool { buffers.ends[row].isEnd && steps[row] > 0 }

  private func advance(first: Int, rows: Int, _ actions: UnsafePointer<Float>) {
    let ends = UnsafeMutableRawPointer(buffers.ends + first)
    metarl_cartpole_step(
      Int64(rows), Int64(count), state + first, steps + first, Int64(horizon), actions + first,
      buffers.executedActions + first, buffers.finalObservations + 4 * first,
      ends.assumingMemoryBound(to: UInt8.self))
  }

  /// Looks for ends eight rows at a time and begins the episodes that follow them.
  private func beginEndedEpisodes() {
    let ends = UnsafeRawPointer(buffers.ends)
    var row = 0
    while row + 8 <= count {
      if ends.loadUnaligned(fromByteOffset: row, as: UInt64.self) != 0 {
        for ended in row..<row + 8 where buffers.ends[ended].isEnd { beginEpisode(ended) }
      }
      row += 8
    }
    for ended in row..<count where buffers.ends[ended].isEnd { beginEpisode(ended) }
  }

  private func beginEpisode(_ row: Int) {
    let begin = environment.initialState(of: OnlyTask(), using: &resetStreams[row])
    state[row] = begin.position
    state[count + row] = begin.velocity
    state[2 * count + row] = begin.angle
    state[3 * count + row] = begin.spin
    steps[row] = 0
    environment.observe(begin, of: OnlyTask(), into: buffers.observation(row))
  }

  /// There is no task to edit.
  public func edit(_ name: String, row: Int) {
    preconditionFailure("\(specification.name) has no task edit named \(name)")
  }

  /// There is only one task.
  public func taskParameters(row: Int) -> [Float] { [] }

  /// Stores states, positions in the random streams and the arrays shown.
  public func save(into archive: inout Archive, prefix: String) throws {
    archive.store(
      ArchivedTensor(UnsafeBufferPointer(start: state, count: 4 * count), shape: [4, count]),
      prefix + "/states", in: .state)
    archive.store(
      ArchivedTensor(UnsafeBufferPointer(start: steps, count: count)), prefix + "/steps",
      in: .state)
    try archive.store((0..<count).map { resetStreams[$0] }, prefix + "/resetStreams")
    buffers.save(into: &archive, prefix: prefix)
  }

  /// Restores what `save` stored; on an error nothing has changed.
  public func restore(from archive: Archive, prefix: String) throws {
    let states = try archive.tensor(prefix + "/states", in: .state).doubles ?? []
    let taken = try archive.tensor(prefix + "/steps", in: .state).integers ?? []
    let streams = try archive.value(prefix + "/resetStreams", as: [RandomStream].self)
    guard states.count == 4 * count, taken.count == count, streams.count == count else {
      throw ArchiveError(name: prefix + "/states", reason: "does not hold \(count) rows")
    }
    guard taken.allSatisfy({ $0 >= 0 && $0 <= horizon }) else {
      throw ArchiveError(name: prefix + "/steps", reason: "holds a number of steps out of range")
    }
    let arrays = try buffers.read(from: archive, prefix: prefix)
    for index in 0..<4 * count { state[index] = states[index] }
    for row in 0..<count {
      steps[row] = taken[row]
      resetStreams[row] = streams[row]
    }
    buffers.assign(arrays)
  }
}
