import Tensor

/// Independent Poisson neurons with given rates, in steps of one millisecond.
///
/// A source does not draw in every step but when it fires: the steps until the next spike, which are
/// geometrically distributed with p = 1 − exp(−rate · 1 ms).
public final class PoissonSources {
  /// Sources.
  public let count: Int
  /// Rates in Hz.
  public private(set) var rates: [Float]
  /// Mean steps between the spikes of each source but for the rounding to steps; 0 for a silent one.
  private let intervals: Buffer<Double>
  /// The step of the next spike of each source.
  private let next: Buffer<Int64>
  /// The sources by the step of their next spike, modulo ``slots``: the first of each slot, and the one
  /// after each source. So a step looks only at those that may be due.
  private let first: Buffer<Int32>
  private let following: Buffer<Int32>
  /// A bit for each source that is due in the step at hand; they draw in the order of their numbers.
  private let due: Buffer<UInt64>
  private static let slots = 1024
  private static let nobody: Int32 = -1
  private var draws: ExponentialDraws

  /// `count` silent sources that draw from the stream of `key`.
  public init(count: Int, key: RandomKey) {
    precondition(count > 0, "there are no sources")
    self.count = count
    rates = Array(repeating: 0, count: count)
    intervals = Buffer(count: count)
    next = Buffer(count: count)
    next.pointer.update(repeating: .max, count: count)
    first = Buffer(count: Self.slots)
    following = Buffer(count: count)
    due = Buffer(count: (count + 63) / 64)
    draws = ExponentialDraws(key.stream())
    sortIntoSlots()
  }

  /// Sets the rates, in Hz, from step `step` on; sources whose rate stays go on undisturbed.
  public func set(_ newRates: UnsafePointer<Float>, at step: Int) {
    var changes = false
    for source in 0..<count where newRates[source] != rates[source] {
      setRate(newRates[source], of: source)
      // The process has no memory, so that its future may be drawn anew.
      next.pointer[source] = Int64(step) + gap(source, &draws)
      changes = true
    }
    if changes { sortIntoSlots() }
  }

  private func setRate(_ rate: Float, of source: Int) {
    rates[source] = rate
    intervals.pointer[source] = rate > 0 ? 1e3 / Double(rate) : 0
  }

  /// Adds the spikes of step `step`, which must not be left out, to `train`.
  public func fire(at step: Int, into train: SpikeTrain) {
    markDue(at: step)
    let due = due.pointer
    var draws = draws
    for word in 0..<self.due.count where due[word] != 0 {
      var bits = due[word]
      due[word] = 0
      while bits != 0 {
        let source = 64 * word + bits.trailingZeroBitCount
        bits &= bits - 1
        train.append(source)
        next.pointer[source] = Int64(step) + 1 + gap(source, &draws)
        insert(source)
      }
    }
    self.draws = draws
  }

  /// Takes the sources that are due out of the slot of a step.
  private func markDue(at step: Int) {
    let (next, following, due) = (next.pointer, following.pointer, due.pointer)
    let slot = step % Self.slots
    var entry = first.pointer[slot]
    first.pointer[slot] = Self.nobody
    while entry != Self.nobody {
      let source = Int(entry)
      entry = following[source]
      if next[source] == Int64(step) {
        due[source / 64] |= 1 << UInt64(source % 64)
      } else {
        insert(source)
      }
    }
  }

  private func insert(_ source: Int) {
    let slot = Int(next.pointer[source] % Int64(Self.slots))
    following.pointer[source] = first.pointer[slot]
    first.pointer[slot] = Int32(source)
  }

  private func sortIntoSlots() {
    first.pointer.update(repeating: Self.nobody, count: Self.slots)
    for source in 0..<count { insert(source) }
  }

  /// Steps without a spike before the next one.
  private func gap(_ source: Int, _ draws: inout ExponentialDraws) -> Int64 {
    let interval = intervals.pointer[source]
    guard interval > 0 else { return Int64.max / 2 }
    return Int64(min(draws.next() * interval, 1e15))
  }

  private struct State: Codable {
    var rates: [Float]
    var next: [Int64]
    var stream: RandomStream
  }

  /// Stores rates, next spikes and the random stream.
  public func save(into archive: inout Archive, prefix: String) throws {
    let state = State(rates: rates, next: next.array, stream: draws.stream)
    try archive.store(state, prefix + "/sources")
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive, prefix: String) throws {
    let name = prefix + "/sources"
    let state = try archive.value(name, as: State.self)
    guard
      state.rates.count == count, state.next.count == count, state.next.allSatisfy({ $0 >= 0 })
    else {
      throw ArchiveError(name: name, reason: "does not hold \(count) sources")
    }
    for (source, rate) in state.rates.enumerated() { setRate(rate, of: source) }
    next.assign(state.next)
    draws = ExponentialDraws(state.stream)
    sortIntoSlots()
  }
}
