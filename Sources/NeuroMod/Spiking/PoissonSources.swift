import Glibc
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
  /// The step of the next spike of each source.
  private let next: Buffer<Int64>
  /// The earliest of them among each ``groupSize`` sources, so that few need to be looked at in a step.
  private let soonest: Buffer<Int64>
  private static let groupSize = 16
  private var stream: RandomStream

  /// `count` silent sources that draw from the stream of `key`.
  public init(count: Int, key: RandomKey) {
    precondition(count > 0, "there are no sources")
    self.count = count
    rates = Array(repeating: 0, count: count)
    next = Buffer(count: count)
    next.pointer.update(repeating: .max, count: count)
    soonest = Buffer(count: (count + Self.groupSize - 1) / Self.groupSize)
    stream = key.stream()
  }

  /// Sets the rates, in Hz, from step `step` on; sources whose rate stays go on undisturbed.
  public func set(_ newRates: UnsafePointer<Float>, at step: Int) {
    for source in 0..<count where newRates[source] != rates[source] {
      rates[source] = newRates[source]
      // The process has no memory, so that its future may be drawn anew.
      next.pointer[source] = Int64(step) + gap(source, &stream)
    }
    findSoonest()
  }

  /// Adds the spikes of step `step`, which must not be left out, to `train`.
  public func fire(at step: Int, into train: SpikeTrain) {
    let (next, soonest) = (next.pointer, soonest.pointer)
    var stream = stream
    for group in 0..<self.soonest.count where soonest[group] == Int64(step) {
      var earliest = Int64.max
      for source in sources(of: group) {
        if next[source] == Int64(step) {
          train.append(source)
          next[source] = Int64(step) + 1 + gap(source, &stream)
        }
        earliest = min(earliest, next[source])
      }
      soonest[group] = earliest
    }
    self.stream = stream
  }

  private func sources(of group: Int) -> Range<Int> {
    group * Self.groupSize..<min(count, (group + 1) * Self.groupSize)
  }

  private func findSoonest() {
    for group in 0..<soonest.count {
      soonest.pointer[group] = sources(of: group).map { next.pointer[$0] }.min() ?? .max
    }
  }

  /// Steps without a spike before the next one.
  private func gap(_ source: Int, _ stream: inout RandomStream) -> Int64 {
    let rate = Double(rates[source])
    guard rate > 0 else { return Int64.max / 2 }
    let exponential = -log(1 - stream.uniformDouble())
    return Int64(min(exponential / (rate * 1e-3), 1e15))
  }

  private struct State: Codable {
    var rates: [Float]
    var next: [Int64]
    var stream: RandomStream
  }

  /// Stores rates, next spikes and the random stream.
  public func save(into archive: inout Archive, prefix: String) throws {
    try archive.store(State(rates: rates, next: next.array, stream: stream), prefix + "/sources")
  }

  /// Restores what `save` stored.
  public func restore(from archive: Archive, prefix: String) throws {
    let name = prefix + "/sources"
    let state = try archive.value(name, as: State.self)
    guard state.rates.count == count, state.next.count == count else {
      throw ArchiveError(name: name, reason: "does not hold \(count) sources")
    }
    rates = state.rates
    next.assign(state.next)
    stream = state.stream
    findSoonest()
  }
}
