import CKernels
import Glibc
import Tensor

/// The filters f and d of ``SporeSynapseOptions``, one pair for each presynaptic neuron, shared by all
/// its synapses, as what they are at the beginning of a block of steps and their jumps in it.
///
/// In between two jumps the filters decay by known powers, so that nothing needs to be done in steps
/// without a spike. Filters jump by 1 at a spike, and to zero where f falls below the cutoff.
final class SynapticTraces {
  /// One step of decay, and many.
  private(set) var filter: metarl_synaptic_filter
  /// f and d at the beginning of the block.
  let firstSlow, firstFast: FloatBuffer
  /// After ``finishBlock(steps:)``, where the spikes of each neuron begin in ``spikeSteps``, and where
  /// those of the last one end.
  let firstSpike: Buffer<Int32>
  /// After ``finishBlock(steps:)``, the steps before which f and d grow, neuron by neuron.
  private(set) var spikeSteps: Buffer<Int32>
  /// The last cut of each neuron, -1 for none.
  let lastCut: Buffer<Int32>
  /// The cuts of this block.
  private(set) var cuts: Buffer<metarl_trace_cut>
  private var spikes: Buffer<metarl_trace_spike>
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
    firstSlow = FloatBuffer(count: count)
    firstFast = FloatBuffer(count: count)
    position = Buffer(count: count)
    firstSpike = Buffer(count: count + 2)
    lastCut = Buffer(count: count)
    let room = 4 * count
    spikes = Buffer(count: room)
    spikeSteps = Buffer(count: room)
    cuts = Buffer(count: room + count)
    state = metarl_traces(
      slow: slow.pointer, fast: fast.pointer, position: position.pointer,
      first_slow: firstSlow.pointer, first_fast: firstFast.pointer, spikes: spikes.pointer,
      spike_count: 0, last_cut: lastCut.pointer, cuts: cuts.pointer, cut_count: 0)
    beginBlock()
  }

  /// Adds the spikes that are emitted in step `step` of the block; they show from the next one on.
  func add(_ emitted: UnsafeBufferPointer<Int32>, step: Int) {
    let count = Int(state.spike_count) + emitted.count
    if count > spikes.count { makeRoom(for: 2 * count) }
    metarl_traces_add(
      &state, &filter, emitted.baseAddress, Int32(emitted.count), Int32(step))
  }

  /// Goes on to the end of a block of `steps` steps.
  func finishBlock(steps: Int) {
    metarl_traces_finish(
      &state, &filter, Int32(slow.count), Int32(steps), firstSpike.pointer, spikeSteps.pointer)
  }

  /// Begins a new block.
  func beginBlock() { metarl_traces_begin(&state, Int32(slow.count)) }

  /// A filter is cut at most once before each spike and once at the end.
  private func makeRoom(for count: Int) {
    spikes = spikes.grown(to: count)
    spikeSteps = Buffer(count: count)
    cuts = cuts.grown(to: count + slow.count)
    state.spikes = spikes.pointer
    state.cuts = cuts.pointer
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

extension Buffer {
  /// A larger one that begins with what is here.
  fileprivate func grown(to count: Int) -> Buffer {
    let larger = Buffer(count: count)
    larger.pointer.update(from: pointer, count: self.count)
    return larger
  }
}
