import Autodiff
import Envs
import NeuroMod
import Tensor

/// The last transitions of an agent, each with everything the agent had seen before it.
///
/// A *history* is what the agent saw from the beginning of an episode on: observations, and the actions
/// and rewards fed back to it. The histories of one episode are beginnings of each other, so its steps
/// are stored once. All memory is taken at the beginning; the oldest transitions are overwritten.
public final class HistoryReplay {
  /// What was done in a step, and what came of it.
  public struct Transition {
    /// The number of the action.
    public internal(set) var action = 0
    /// The reward.
    public internal(set) var reward: Float = 0
    /// Whether it led to a final state.
    public internal(set) var isTerminal = false
    /// How many times the agent had seen something when it acted: the length of the history.
    public internal(set) var length = 0
    /// The number of the episode's first sight; sights are counted from the first of the training.
    var firstSight = 0
  }

  /// Transitions that there is room for.
  public let capacity: Int
  /// The largest number of steps of an episode.
  public let horizon: Int
  /// Transitions that can be drawn.
  public var count: Int { min(added, capacity) }

  /// By slot: the largest value of what followed the transition, where it has been computed.
  let nextValues: FloatBuffer
  /// Transitions added so far.
  private var added = 0
  private var transitions: [Transition]
  /// Steps of the episode that was begun last.
  private var openLength = 0
  /// Sights of the training so far; a sight's place in the ring is its number modulo ``room``.
  private var seen = 0
  private let room: Int
  /// `[room × sight]`: the inputs of the network side by side.
  private let sights: FloatBuffer
  private let ports: [(name: String, start: Int, width: Int)]
  private let sightSize: Int

  /// An empty replay for `capacity` transitions of episodes of at most `horizon` steps.
  public init(capacity: Int, horizon: Int, specification: EnvironmentSpecification) {
    self.capacity = capacity
    self.horizon = horizon
    let observation = specification.observationSpace.count
    let executed = specification.executedActionSize
    ports = [
      (NetworkInput.Port.observation, 0, observation),
      (NetworkInput.Port.previousAction, observation, executed),
      (NetworkInput.Port.previousReward, observation + executed, 1),
    ]
    sightSize = observation + executed + 1
    // An episode has one sight more than transitions, and at least one transition; the oldest episode
    // is there as a whole while its last transition is.
    room = 2 * capacity + horizon + 2
    sights = FloatBuffer(count: room * sightSize)
    nextValues = FloatBuffer(count: capacity)
    transitions = Array(repeating: Transition(), count: capacity)
  }

  // MARK: Adding

  /// Begins an episode with its first observation.
  public func begin(observation: UnsafePointer<Float>) {
    openLength = 0
    let sight = sights.pointer + seen % room * sightSize
    sight.update(repeating: 0, count: sightSize)
    sight.update(from: observation, count: ports[0].width)
    seen += 1
  }

  /// Adds a step of the episode begun last: the action, as chosen and as executed, its reward, and what
  /// was seen then, also where the episode ended. An episode has at most ``horizon`` steps.
  public func add(
    action: Int, executed: UnsafePointer<Float>, reward: Float, isTerminal: Bool,
    observation: UnsafePointer<Float>
  ) {
    precondition(openLength < horizon, "an episode has more than \(horizon) steps")
    openLength += 1
    transitions[added % capacity] = Transition(
      action: action, reward: reward, isTerminal: isTerminal, length: openLength,
      firstSight: seen - openLength)
    added += 1
    let sight = sights.pointer + seen % room * sightSize
    sight.update(from: observation, count: ports[0].width)
    (sight + ports[1].start).update(from: executed, count: ports[1].width)
    sight[ports[2].start] = reward
    seen += 1
  }

  // MARK: Reading

  /// The transition at `index`, 0 being the oldest one.
  public subscript(index: Int) -> Transition { transitions[slot(of: index)] }

  /// Where a transition is stored.
  func slot(of index: Int) -> Int { (added - count + index) % capacity }

  /// Copies the first `length` sights of the episode of the transition at `index` to a row of a shard
  /// whose program reads ``NetworkInput``, from step `begin` on. There is one sight more than the
  /// transition's own length: what followed it.
  public func copyHistory(
    _ index: Int, length: Int, to shard: Shard, row: Int, from begin: Int = 0
  ) {
    let first = self[index].firstSight
    for (name, start, width) in ports {
      let target = shard.input(name, step: begin) + row * width
      for step in 0..<length {
        (target + step * shard.rows * width).update(
          from: sights.pointer + (first + step) % room * sightSize + start, count: width)
      }
    }
  }

  // MARK: Storage

  /// Stores all of it.
  func save(into archive: inout Archive, prefix: String) throws {
    try archive.store([added, seen], "\(prefix)/counts")
    archive.store(
      ArchivedTensor(sights.array, shape: [room, sightSize]), "\(prefix)/sights", in: .state)
    archive.store(ArchivedTensor(nextValues.array), "\(prefix)/nextValues", in: .state)
    archive.store(ArchivedTensor(transitions.map(\.reward)), "\(prefix)/rewards", in: .state)
    archive.store(
      ArchivedTensor(
        transitions.flatMap {
          [$0.action, $0.isTerminal ? 1 : 0, $0.length, $0.firstSight].map(Int64.init)
        }, shape: [capacity, 4]), "\(prefix)/transitions", in: .state)
  }

  /// Restores what `save` stored, for `actions` possible actions.
  ///
  /// - Throws: ``ArchiveError`` for what does not fit; then nothing has changed.
  func restore(from archive: Archive, prefix: String, actions: Int) throws {
    let counts: [Int] = try archive.value("\(prefix)/counts")
    let sights = try archive.floats("\(prefix)/sights", count: room * sightSize, in: .state)
    let values = try archive.floats("\(prefix)/nextValues", count: capacity, in: .state)
    let rewards = try archive.floats("\(prefix)/rewards", count: capacity, in: .state)
    let name = "\(prefix)/transitions"
    let numbers = try archive.tensor(name, in: .state).integers ?? []
    guard counts.count == 2, counts.allSatisfy({ 0...1 << 60 ~= $0 }), numbers.count == 4 * capacity
    else { throw ArchiveError(name: name, reason: "does not fit its counts or this replay") }
    let (added, seen) = (counts[0], counts[1])
    let restored = try (0..<capacity).map { slot -> Transition in
      let fields = numbers[4 * slot..<4 * slot + 4].map { Int($0) }
      let (action, end, length, first) = (fields[0], fields[1], fields[2], fields[3])
      let isBlank = slot >= added && fields == [0, 0, 0, 0]
      let isPossible =
        0..<actions ~= action && 0...1 ~= end && 1...horizon ~= length
        && first >= max(0, seen - room) && first < seen - length
      guard isBlank || isPossible else {
        throw ArchiveError(name: name, reason: "has an impossible transition in place \(slot)")
      }
      return Transition(
        action: action, reward: rewards[slot], isTerminal: end == 1, length: length,
        firstSight: first)
    }
    transitions = restored
    (self.added, self.seen) = (added, seen)
    self.sights.assign(sights)
    nextValues.assign(values)
  }
}
