import Envs
import Tensor

/// What happens in each step of many episodes, and in the phases between edits.
struct EditedCourse {
  /// The steps between two edits, before the first one or after the last one.
  struct Phase {
    let start: Int
    var end: Int
    /// Mean reward of a step, over episodes.
    var reward = Moments()
    /// Counters, summed over episodes.
    var counters: [Double]
    /// By step soon after the edit that begins the phase: how far the mean of some steps from there on lies
    /// below the level before the edit, over episodes that came through both.
    var losses: [Moments] = []

    /// Steps that a mean after the edit is taken over.
    fileprivate var window: Int { min(RecoveryCriteria.window, end - start) }
  }

  /// A few steps of one phase.
  struct Bin {
    let start: Int
    let end: Int
    /// Mean reward of a step, over episodes.
    var reward = Moments()

    /// Where it stands on the axis.
    var middle: Double { Double(start + end - 1) / 2 }
  }

  /// By step: the reward, over episodes that had not ended.
  private(set) var steps: [Moments]
  /// The phases in order.
  private(set) var phases: [Phase]
  /// All steps, a few at a time.
  private(set) var bins: [Bin]
  /// Episodes so far.
  private(set) var episodes = 0
  /// By row of the present batch: whether its episode has not ended.
  private(set) var isRunning: [Bool] = []

  private var phase = 0
  private var bin = 0
  /// By row: what has been earned in how many steps.
  private var phaseRewards: [RunningMean] = []
  private var binRewards: [RunningMean] = []
  private var countersBefore: [Float] = []
  /// By row: the reward of every step so far.
  private var rewards: [[Double]] = []

  private struct RunningMean {
    var sum = 0.0
    var count = 0.0

    mutating func add(_ number: Double) {
      sum += number
      count += 1
    }
  }

  /// - Parameter points: bins, about.
  init(length: Int, editSteps: [Int], counters: Int, points: Int) {
    let borders = [0] + Set(editSteps).sorted() + [length]
    let size = max(1, length / points)
    steps = Array(repeating: Moments(), count: length)
    phases = zip(borders, borders.dropFirst()).map { start, end in
      var phase = Phase(start: start, end: end, counters: Array(repeating: 0, count: counters))
      let places = min(RecoveryCriteria.soughtSteps, end - start - phase.window + 1)
      phase.losses = Array(repeating: Moments(), count: start == 0 ? 0 : places)
      return phase
    }
    bins = phases.flatMap { phase in
      stride(from: phase.start, to: phase.end, by: size).map {
        Bin(start: $0, end: min($0 + size, phase.end))
      }
    }
  }

  /// The phases that an episode came to; the last one ends with the longest episode.
  var playedPhases: [Phase] {
    let played = steps.firstIndex { $0.count == 0 } ?? steps.count
    return phases.filter { $0.start < played }.map { phase in
      var phase = phase
      phase.end = min(phase.end, played)
      return phase
    }
  }

  /// The first steps of another batch of episodes follow.
  mutating func begin(_ batch: any VectorEnvironment) {
    let rows = batch.count
    episodes += rows
    (phase, bin) = (0, 0)
    isRunning = Array(repeating: true, count: rows)
    phaseRewards = Array(repeating: RunningMean(), count: rows)
    binRewards = Array(repeating: RunningMean(), count: rows)
    countersBefore = Array(repeating: 0, count: rows * batch.specification.counterNames.count)
    rewards = Array(repeating: [], count: rows)
  }

  /// Notes what the batch did in step `step`.
  mutating func record(_ batch: any VectorEnvironment, step: Int) {
    for row in 0..<batch.count where isRunning[row] {
      let reward = Double(batch.rewards[row])
      steps[step].add(reward)
      rewards[row].append(reward)
      phaseRewards[row].add(reward)
      binRewards[row].add(reward)
      isRunning[row] = !batch.ends[row].isEnd
    }
    if step + 1 == bins[bin].end {
      Self.close(&binRewards, into: &bins[bin].reward)
      bin += 1
    }
    if step + 1 == phases[phase].end {
      Self.close(&phaseRewards, into: &phases[phase].reward)
      let counters = phases[phase].counters.count
      for place in countersBefore.indices {
        phases[phase].counters[place % counters] +=
          Double(batch.counters[place] - countersBefore[place])
        countersBefore[place] = batch.counters[place]
      }
      phase += 1
    }
    if step + 1 == steps.count { noteLosses() }
  }

  /// Compares every episode of the batch with itself before each edit.
  private mutating func noteLosses() {
    for index in phases.indices.dropFirst() {
      let (start, window) = (phases[index].start, phases[index].window)
      let levelSteps = min(RecoveryCriteria.levelSteps, start - phases[index - 1].start)
      for row in rewards {
        func mean(_ steps: Range<Int>) -> Double { row[steps].reduce(0, +) / Double(steps.count) }
        for place in phases[index].losses.indices where start + place + window <= row.count {
          let loss = mean(start - levelSteps..<start) - mean(start + place..<start + place + window)
          phases[index].losses[place].add(loss)
        }
      }
    }
  }

  /// Takes the means of all rows and begins new ones.
  private static func close(_ rows: inout [RunningMean], into moments: inout Moments) {
    for row in rows.indices {
      if rows[row].count > 0 { moments.add(rows[row].sum / rows[row].count) }
      rows[row] = RunningMean()
    }
  }
}

/// Mean and spread of numbers as they come.
struct Moments {
  private(set) var count = 0.0
  private(set) var mean = 0.0
  /// Σ (x − mean)², by Welford's method.
  private var squares = 0.0

  mutating func add(_ number: Double) {
    count += 1
    let distance = number - mean
    mean += distance / count
    squares += distance * (number - mean)
  }

  /// Half the width of the 95 % interval of the mean, Student's; NaN for fewer than two numbers.
  ///
  /// - Parameter means: so many means are looked at, and all are in their intervals at once with 95 % (Bonferroni).
  func margin(among means: Int = 1) -> Double {
    guard count > 1 else { return .nan }
    return StudentT(degrees: count - 1).quantile(1 - 0.025 / Double(means))
      * (squares / (count - 1) / count).squareRoot()
  }
}
