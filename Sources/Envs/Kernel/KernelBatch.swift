import CKernels
import Scenes
import Tensor

/// Many rows of one ``KernelEnvironment``, structure of arrays, stepped by its kernel: the same
/// trajectories as ``BatchedEnvironment`` gives, to the bit, several times as fast.
///
/// Streams, trials and autoreset are those of ``BatchedEnvironment``. After construction nothing is
/// allocated, unless the environment's own functions do.
public final class KernelBatch<Base: KernelEnvironment>: VectorEnvironment {
  /// What one row needs to go on beside the numbers in columns.
  struct Row: Codable {
    var task: Base.Task
    var taskStream: RandomStream
    var resetStream: RandomStream
    var editStream: RandomStream
    /// Episodes of this trial that came before this one.
    var episode = 0
    /// The last episode to end also ended its trial.
    var endedTrial = false
  }

  /// The environment whose episodes run here.
  public let environment: Base
  /// Sizes and names.
  public let specification: EnvironmentSpecification
  /// The number of rows.
  public let count: Int
  /// How many episodes a task lasts.
  public let episodesPerTrial: Int
  /// Where tasks are drawn from.
  public let tasks: TaskSource
  let horizon: Int64
  private let actionSize: Int
  let buffers: BatchBuffers
  let states: UnsafeMutablePointer<Double>
  let constants: UnsafeMutablePointer<Double>
  let rows: UnsafeMutablePointer<Row>
  /// Steps taken in the episode of each row.
  let steps: UnsafeMutablePointer<Int64>

  /// Whether finished rows begin a new episode by themselves.
  public var autoreset = true {
    didSet {
      guard autoreset && !oldValue else { return }
      for row in 0..<count where isFinished(row) { beginNextEpisode(row) }
    }
  }

  /// `count` rows numbered from `firstRow`, each at the beginning of its first episode.
  public init(
    _ environment: Base, name: String, count: Int, firstRow: Int = 0, tasks: TaskSource = .train,
    episodesPerTrial: Int = 1, key: RandomKey
  ) {
    precondition(episodesPerTrial > 0, "a trial needs at least one episode")
    self.environment = environment
    self.count = count
    self.episodesPerTrial = episodesPerTrial
    self.tasks = tasks
    specification = EnvironmentSpecification(
      name: name, of: environment, episodesPerTrial: episodesPerTrial)
    actionSize = specification.actionSpace.count
    horizon = Int64(environment.horizon ?? Int.max)
    precondition(horizon > 0, "an episode needs at least one step")
    buffers = BatchBuffers(count: count, specification: specification)
    states = .allocate(capacity: Base.State.columnCount * count)
    states.initialize(repeating: 0, count: Base.State.columnCount * count)
    constants = .allocate(capacity: Base.Constants.columnCount * count)
    constants.initialize(repeating: 0, count: Base.Constants.columnCount * count)
    rows = .allocate(capacity: count)
    steps = .allocate(capacity: count)
    steps.initialize(repeating: 0, count: count)
    for row in 0..<count {
      let rowKey = key / "environment" / (firstRow + row)
      var taskStream = (rowKey / "task" / tasks.split.rawValue).stream()
      let task = tasks.draw(from: environment, using: &taskStream)
      (rows + row).initialize(
        to: Row(
          task: task, taskStream: taskStream, resetStream: (rowKey / "reset").stream(),
          editStream: (rowKey / "edit").stream()))
      taskChanged(row)
      beginEpisode(row)
    }
    buffers.clearAfterReset()
  }

  deinit {
    states.deallocate()
    constants.deallocate()
    rows.deinitialize(count: count)
    rows.deallocate()
    steps.deallocate()
  }

  /// `[count × observation]`: what the agent sees now.
  public var observations: UnsafePointer<Float> { UnsafePointer(buffers.observations) }
  /// `[count × observation]`: the last observation of the step, also where an episode ended.
  public var finalObservations: UnsafePointer<Float> { UnsafePointer(buffers.finalObservations) }
  /// `[count]`: rewards of the last step.
  public var rewards: UnsafePointer<Float> { UnsafePointer(buffers.rewards) }
  /// `[count]`: how the last step ended.
  public var ends: UnsafePointer<StepEnd> { UnsafePointer(buffers.ends) }
  /// `[count × executed action]` of the last step.
  public var executedActions: UnsafePointer<Float> { UnsafePointer(buffers.executedActions) }
  /// `[count × counters]`, summed since the beginning of each episode.
  public var counters: UnsafePointer<Float> { UnsafePointer(buffers.counters) }

  /// Whether the last step ended the row's trial, so that what follows has a new task.
  public func endsTrial(row: Int) -> Bool { buffers.ends[row].isEnd && rows[row].endedTrial }

  /// The place within its trial, from 0, of the episode that the row's last step belonged to.
  public func trialEpisode(row: Int) -> Int {
    // Where the last step ended an episode, the next one has begun unless the row stands still.
    guard buffers.ends[row].isEnd, !isFinished(row) else { return rows[row].episode }
    return rows[row].endedTrial ? episodesPerTrial - 1 : rows[row].episode - 1
  }

  /// The row's task.
  public func task(row: Int) -> Base.Task { rows[row].task }

  /// The state of the row's episode.
  public func state(row: Int) -> Base.State { .read(from: states + row, stride: count) }

  /// The parameters of the row's task as numbers.
  public func taskParameters(row: Int) -> [Float] { environment.parameters(of: rows[row].task) }

  /// What the row looks like now.
  public func scene(row: Int) -> Scene? {
    environment.scene(state(row: row), of: rows[row].task)
  }

  /// What else the environment shows of the row.
  public func show(row: Int, on dashboard: inout Dashboard) {
    environment.show(state(row: row), of: rows[row].task, on: &dashboard)
  }

  /// Begins new trials in all rows.
  public func reset() {
    for row in 0..<count { beginTrial(row) }
    buffers.clearAfterReset()
  }

  /// Advances all rows; `actions` is `[count × action]`.
  ///
  /// Agents call it through ``VectorEnvironment``, where the compiler does not know the environment;
  /// those of this package have code of their own, without which the beginnings of episodes take longer
  /// than the steps.
  @specialized(where Base == ArmReaching)
  @specialized(where Base == CartPole)
  public func step(_ actions: UnsafePointer<Float>) {
    if autoreset {
      advance(0..<count, actions)
      buffers.observations.update(
        from: buffers.finalObservations, count: count * buffers.observationSize)
      beginEpisodesAfterEnds()
    } else {
      for row in 0..<count {
        if isFinished(row) {
          buffers.rewards[row] = 0
        } else {
          advance(row..<row + 1, actions)
          noteEnd(row)
          buffers.showFinalObservation(row)
        }
      }
    }
  }

  /// Carries out a task edit in one row and shows what the agent sees after it.
  public func edit(_ name: String, row: Int) {
    precondition(
      specification.taskEdits.contains(name),
      "\(specification.name) has no task edit named \(name)")
    var state = state(row: row)
    environment.edit(
      name, task: &rows[row].task, state: &state, using: &rows[row].editStream)
    taskChanged(row)
    show(state, row: row)
  }

  // MARK: Stepping

  /// The episode of the row is over and no other has begun.
  private func isFinished(_ row: Int) -> Bool { buffers.ends[row].isEnd && steps[row] > 0 }

  private var endCodes: UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(buffers.ends).assumingMemoryBound(to: UInt8.self)
  }

  private func advance(_ range: Range<Int>, _ actions: UnsafePointer<Float>) {
    if buffers.counterCount > 0 {
      for row in range where steps[row] == 0 { buffers.counters(row).update(repeating: 0) }
    }
    let first = range.lowerBound
    var rows = columns(of: range)
    rows.actions = actions + first * actionSize
    rows.executed = buffers.executedActions + first * buffers.executedActionSize
    rows.rewards = buffers.rewards + first
    rows.counters = buffers.counters + first * buffers.counterCount
    rows.ends = endCodes + first
    rows.observations = buffers.finalObservations + first * buffers.observationSize
    environment.advance(rows)
    environment.observe(rows)
    // Constants of the loop, which could otherwise change with every store and would keep it scalar.
    let (steps, ends, horizon) = (steps, endCodes, horizon)
    for row in range {
      let taken = steps[row] &+ 1
      steps[row] = taken
      ends[row] |= taken >= horizon ? StepEnd.truncated.rawValue : 0
    }
  }

  /// Rows of which nothing but states and constants is given.
  private func columns(of range: Range<Int>) -> KernelRows {
    var rows = KernelRows()
    rows.count = Int64(range.count)
    rows.stride = Int64(count)
    rows.states = states + range.lowerBound
    rows.constants = UnsafePointer(constants + range.lowerBound)
    return rows
  }

  /// Looks for ends eight rows at a time and begins the episodes that follow them.
  private func beginEpisodesAfterEnds() {
    let ends = UnsafeRawPointer(buffers.ends)
    var row = 0
    while row < count {
      if row + 8 <= count, ends.loadUnaligned(fromByteOffset: row, as: UInt64.self) == 0 {
        row += 8
        continue
      }
      let group = row..<min(row + 8, count)
      for ended in group where buffers.ends[ended].isEnd {
        noteEnd(ended)
        beginNextEpisode(ended)
      }
      row = group.upperBound
    }
  }

  private func noteEnd(_ row: Int) {
    rows[row].endedTrial = rows[row].episode + 1 >= episodesPerTrial
  }

  /// Begins the next episode of the trial, or the next trial.
  private func beginNextEpisode(_ row: Int) {
    if rows[row].episode + 1 >= episodesPerTrial {
      beginTrial(row)
    } else {
      rows[row].episode += 1
      beginEpisode(row)
    }
  }

  private func beginTrial(_ row: Int) {
    rows[row].episode = 0
    rows[row].task = tasks.draw(from: environment, using: &rows[row].taskStream)
    taskChanged(row)
    beginEpisode(row)
  }

  private func beginEpisode(_ row: Int) {
    steps[row] = 0
    show(
      environment.initialState(of: rows[row].task, using: &rows[row].resetStream), row: row)
  }

  private func show(_ state: Base.State, row: Int) {
    state.write(to: states + row, stride: count)
    var single = columns(of: row..<row + 1)
    single.observations = buffers.observations + row * buffers.observationSize
    environment.observe(single)
  }

  func taskChanged(_ row: Int) {
    environment.constants(of: rows[row].task).write(to: constants + row, stride: count)
  }
}
