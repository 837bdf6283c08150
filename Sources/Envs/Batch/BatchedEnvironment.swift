import Scenes
import Tensor

/// Many rows of one ``Environment`` side by side: time limits, autoreset, trials, counters, storage.
///
/// Row `i` of the whole experiment draws from the streams `key / "environment" / i / purpose`, where
/// the purpose is `task` (with the name of the split), `reset`, `dynamics` or `edit`. Tasks and
/// beginnings of episodes therefore do not depend on what the agent does.
///
/// A *trial* holds ``episodesPerTrial`` episodes of one task. When the last of them ends, the next
/// episode has a new task. With ``autoreset`` off a finished row stands still with reward 0 until
/// `reset()`, or until autoreset is switched on, which begins the next episode of its trial.
///
/// After construction nothing is allocated, unless the environment's own functions do.
public final class BatchedEnvironment<Base: Environment>: VectorEnvironment {
  /// Everything that one row needs to go on.
  @usableFromInline
  struct Row: Codable {
    @usableFromInline var task: Base.Task
    @usableFromInline var state: Base.State
    @usableFromInline var taskStream: RandomStream
    @usableFromInline var resetStream: RandomStream
    @usableFromInline var dynamicsStream: RandomStream
    @usableFromInline var editStream: RandomStream
    /// Steps taken in this episode.
    @usableFromInline var steps = 0
    /// Episodes of this trial that came before this one.
    @usableFromInline var episode = 0
    /// The episode is over and no other has begun.
    @usableFromInline var isFinished = false
    /// The last step ended a trial.
    @usableFromInline var trialEnded = false

    @usableFromInline
    init(_ environment: Base, tasks: TaskSource, key: RandomKey) {
      taskStream = (key / "task" / tasks.split.rawValue).stream()
      resetStream = (key / "reset").stream()
      dynamicsStream = (key / "dynamics").stream()
      editStream = (key / "edit").stream()
      task = tasks.draw(from: environment, using: &taskStream)
      state = environment.initialState(of: task, using: &resetStream)
    }
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
  @usableFromInline let horizon: Int
  @usableFromInline let rows: UnsafeMutablePointer<Row>
  @usableFromInline let buffers: BatchBuffers

  /// Whether finished rows begin a new episode by themselves.
  public var autoreset = true {
    didSet {
      guard autoreset else { return }
      for row in 0..<count where rows[row].isFinished {
        beginNextEpisode(row)
        rows[row].isFinished = false
      }
    }
  }

  /// `count` rows numbered from `firstRow`, each at the beginning of its first episode.
  @inlinable
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
    horizon = environment.horizon ?? Int.max
    precondition(horizon > 0, "an episode needs at least one step")
    buffers = BatchBuffers(count: count, specification: specification)
    rows = .allocate(capacity: count)
    for row in 0..<count {
      (rows + row).initialize(
        to: Row(environment, tasks: tasks, key: key / "environment" / (firstRow + row)))
      environment.observe(rows[row].state, of: rows[row].task, into: buffers.observation(row))
    }
    buffers.clearAfterReset()
  }

  deinit {
    rows.deinitialize(count: count)
    rows.deallocate()
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
  public func endsTrial(row: Int) -> Bool { rows[row].trialEnded }

  /// The place within its trial, from 0, of the episode that the row's last step belonged to.
  public func trialEpisode(row: Int) -> Int {
    // Where the last step ended an episode, the next one has begun unless the row stands still.
    guard buffers.ends[row].isEnd, !rows[row].isFinished else { return rows[row].episode }
    return rows[row].trialEnded ? episodesPerTrial - 1 : rows[row].episode - 1
  }

  /// Begins new trials in all rows.
  @inlinable
  public func reset() {
    for row in 0..<count {
      beginTrial(row)
      rows[row].isFinished = false
      rows[row].trialEnded = false
    }
    buffers.clearAfterReset()
  }

  /// Advances all rows; `actions` is `[count × action]`.
  ///
  /// Agents call it through ``VectorEnvironment``, where the compiler does not know the environment;
  /// those of this package have code of their own.
  @specialized(where Base == BallReaching)
  @specialized(where Base == BiasedTarget)
  @specialized(where Base == KinematicArmReaching)
  @specialized(where Base == LaneFollowing)
  @specialized(where Base == Pendulum)
  @specialized(where Base == TMaze)
  @specialized(where Base == TwoTargets)
  @specialized(where Base == WatchedEnvironment<BallReaching>)
  @specialized(where Base == WatchedEnvironment<LaneFollowing>)
  @specialized(where Base == WindyNavigation)
  @inlinable
  public func step(_ actions: UnsafePointer<Float>) {
    let actionSize = specification.actionSpace.count
    for row in 0..<count {
      if rows[row].isFinished {
        buffers.rewards[row] = 0
        continue
      }
      advance(row, UnsafeBufferPointer(start: actions + row * actionSize, count: actionSize))
    }
  }

  @inlinable
  func advance(_ row: Int, _ action: UnsafeBufferPointer<Float>) {
    let counters = buffers.counters(row)
    if rows[row].steps == 0 { counters.update(repeating: 0) }
    var outcome = StepOutcome(executedAction: buffers.executedAction(row), counters: counters)
    environment.step(
      &rows[row].state, of: &rows[row].task, action: action, using: &rows[row].dynamicsStream,
      outcome: &outcome)
    rows[row].steps += 1
    let end = StepEnd(
      terminated: outcome.end.isTerminal,
      truncated: outcome.end.isTruncated || rows[row].steps >= horizon)
    buffers.rewards[row] = outcome.reward
    buffers.ends[row] = end
    environment.observe(
      rows[row].state, of: rows[row].task, into: buffers.finalObservation(row))
    rows[row].trialEnded = end.isEnd && rows[row].episode + 1 >= episodesPerTrial
    if end.isEnd && autoreset {
      beginNextEpisode(row)
    } else {
      rows[row].isFinished = end.isEnd
      buffers.showFinalObservation(row)
    }
  }

  /// Begins the next episode of the trial, or the next trial.
  @inlinable
  func beginNextEpisode(_ row: Int) {
    if rows[row].episode + 1 >= episodesPerTrial {
      beginTrial(row)
    } else {
      rows[row].episode += 1
      beginEpisode(row)
    }
  }

  @inlinable
  func beginTrial(_ row: Int) {
    rows[row].episode = 0
    rows[row].task = tasks.draw(from: environment, using: &rows[row].taskStream)
    beginEpisode(row)
  }

  @inlinable
  func beginEpisode(_ row: Int) {
    rows[row].steps = 0
    environment.restart(&rows[row].state, of: rows[row].task, using: &rows[row].resetStream)
    environment.observe(rows[row].state, of: rows[row].task, into: buffers.observation(row))
  }

  /// Carries out a task edit in one row and shows what the agent sees after it.
  public func edit(_ name: String, row: Int) {
    precondition(
      specification.taskEdits.contains(name),
      "\(specification.name) has no task edit named \(name)")
    environment.edit(
      name, task: &rows[row].task, state: &rows[row].state, using: &rows[row].editStream)
    environment.observe(rows[row].state, of: rows[row].task, into: buffers.observation(row))
  }

  /// The parameters of the row's task as numbers.
  public func taskParameters(row: Int) -> [Float] { environment.parameters(of: rows[row].task) }

  /// What the row looks like now.
  public func scene(row: Int) -> Scene? {
    environment.scene(rows[row].state, of: rows[row].task)
  }

  /// What else the environment shows of the row.
  public func show(row: Int, on dashboard: inout Dashboard) {
    environment.show(rows[row].state, of: rows[row].task, on: &dashboard)
  }

  /// What the environment's camera reported of the row in the last step.
  public func cameraEvents(row: Int) -> [CameraEvent]? {
    environment.cameraEvents(rows[row].state)
  }

  /// The row's task.
  public func task(row: Int) -> Base.Task { rows[row].task }

  /// The state of the row's episode.
  public func state(row: Int) -> Base.State { rows[row].state }

  /// Puts the row into `state` of `task` and shows what the agent sees there; for tests, plans and
  /// demonstrations. The steps counted so far stay.
  public func place(row: Int, in state: Base.State, of task: Base.Task) {
    rows[row].task = task
    rows[row].state = state
    environment.observe(state, of: task, into: buffers.observation(row))
  }

  /// Stores tasks, states, random streams and the arrays shown.
  public func save(into archive: inout Archive, prefix: String) throws {
    try archive.store((0..<count).map { rows[$0] }, prefix + "/rows")
    buffers.save(into: &archive, prefix: prefix)
  }

  /// Restores what `save` stored; on an error nothing has changed.
  public func restore(from archive: Archive, prefix: String) throws {
    let stored = try archive.value(prefix + "/rows", as: [Row].self)
    guard stored.count == count else {
      throw ArchiveError(
        name: prefix + "/rows", reason: "holds \(stored.count) rows where \(count) belong")
    }
    for (index, row) in stored.enumerated() {
      guard row.steps >= 0, row.steps <= horizon, row.steps < Int.max,
        row.episode >= 0, row.episode < episodesPerTrial
      else {
        throw ArchiveError(
          name: prefix + "/rows",
          reason: "says of row \(index) that it is in step \(row.steps) of episode \(row.episode)")
      }
    }
    let arrays = try buffers.read(from: archive, prefix: prefix)
    for (index, row) in stored.enumerated() { rows[index] = row }
    buffers.assign(arrays)
  }
}
