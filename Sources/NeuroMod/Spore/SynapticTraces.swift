import CKernels
import Glibc
import Tensor

/// The filters f and d of ``SporeSynapseOptions``, one pair for each presynaptic neuron, shared by all
/// its synapses, as a list of their jumps in a block of steps.
///
/// In between two jumps the filters decay by known powers, so that nothing needs to be done in steps
/// without a spike. Filters jump by 1 at a spike, to zero where f falls below the cutoff, and at the
/// beginning of a block from zero to what they are.
final class SynapticTraces {
  /// One step of decay, and many.
  private(set) var filter: metarl_synaptic_filter
  /// The last event of each neuron, -1 for none.
  let latest: Buffer<Int32>
  /// The jumps of this block. Grows where neurons fire more often than ever before.
  private(set) var events: Buffer<metarl_trace_event>
  private var state: metarl_traces
  private let slow, fast: FloatBuffer
  private let position: Buffer<Int32>
  private let slowPowers, fastPowers: FloatBuffer

  /// Silent filters of `count` neurons, for blocks of at most `steps` steps.
  init(_ options: SporeSynapseOptions, count: Int, steps: Int) {
    slowPowers = FloatBuffer((0...steps).map { Float(exp(-Double($0) / options.fall)) })
    fastPowers = FloatBuffer((0...steps).map { Float(exp(-Double($0) / options.rise)) })
    filter = metarl_synaptic_filter(
      slow: Float(exp(-1 / options.fall)), fast: Float(exp(-1 / options.rise)),
      scale: Float(options.fall / (options.fall - options.rise)), cutoff: options.cutoff,
      slow_powers: slowPowers.pointer, fast_powers: fastPowers.pointer)
    slow = FloatBuffer(count: count)
    fast = FloatBuffer(count: count)
    position = Buffer(count: count)
    latest = Buffer(count: count)
    events = Buffer(count: 16 * count)
    state = metarl_traces(
      slow: slow.pointer, fast: fast.pointer, position: position.pointer, latest: latest.pointer,
      events: events.pointer, event_count: 0)
    beginBlock()
  }

  /// Adds the spikes that are emitted in step `step` of the block; they show from the next one on.
  func add(_ spikes: UnsafeBufferPointer<Int32>, step: Int) {
    makeRoom(for: spikes.count)
    metarl_traces_add(
      &state, &filter, spikes.baseAddress, Int32(spikes.count), Int32(step))
  }

  /// Goes on to the end of a block of `steps` steps, whose ``events`` are complete then.
  func finishBlock(steps: Int) {
    metarl_traces_finish(&state, &filter, Int32(slow.count), Int32(steps))
  }

  /// Begins a new block.
  func beginBlock() { metarl_traces_begin(&state, Int32(slow.count)) }

  /// A spike takes two events, with the cutoff before it, and so does every neuron at the end.
  private func makeRoom(for spikes: Int) {
    guard Int(state.event_count) + 2 * (spikes + slow.count) > events.count else { return }
    let larger = Buffer<metarl_trace_event>(count: 2 * events.count)
    larger.pointer.update(from: events.pointer, count: Int(state.event_count))
    events = larger
    state.events = larger.pointer
  }

  /// Stores the filters, at the end of a block.
  func save(into archive: inout Archive, prefix: String) {
    archive.store(ArchivedTensor(slow.array), prefix + "/slow", in: .state)
    archive.store(ArchivedTensor(fast.array), prefix + "/fast", in: .state)
  }

  /// Restores what `save` stored.
  func restore(from archive: Archive, prefix: String) throws {
    slow.assign(try archive.floats(prefix + "/slow", count: slow.count, in: .state))
    fast.assign(try archive.floats(prefix + "/fast", count: fast.count, in: .state))
    beginBlock()
  }
}
