import CKernels
import Glibc
import Tensor

/// The filters f and d of ``SporeSynapseOptions``, one pair for each presynaptic neuron, shared by all
/// its synapses, and their records over a block of steps.
///
/// Neurons are dealt out to chunks of 16. A chunk in which all filters are silent costs nothing.
final class SynapticTraces {
  /// Rows that the records have room for.
  let rows: Int
  /// Records: for each chunk, `rows` rows of 16.
  let record: FloatBuffer
  /// The largest record of each neuron in this block; 0 for neurons that were silent.
  let peak: FloatBuffer
  private let chunks: Int
  private var filter: metarl_synaptic_filter
  private let slow, fast: FloatBuffer
  private let live, recorded: Buffer<UInt8>

  /// Silent filters of `count` neurons.
  init(_ options: SporeSynapseOptions, count: Int, rows: Int) {
    let chunk = Int(METARL_SPORE_CHUNK)
    self.rows = rows
    chunks = (count + chunk - 1) / chunk
    filter = metarl_synaptic_filter(
      slow: Float(exp(-1 / options.fall)), fast: Float(exp(-1 / options.rise)),
      scale: Float(options.fall / (options.fall - options.rise)), cutoff: options.cutoff)
    record = FloatBuffer(count: chunks * rows * chunk)
    peak = FloatBuffer(count: chunks * chunk)
    slow = FloatBuffer(count: chunks * chunk)
    fast = FloatBuffer(count: chunks * chunk)
    live = Buffer(count: chunks)
    recorded = Buffer(count: chunks)
  }

  /// One step of decay, whose values become row `row`.
  func advance(row: Int) {
    metarl_synaptic_filter_step(
      &filter, Int32(chunks), slow.pointer, fast.pointer, live.pointer, recorded.pointer,
      peak.pointer, record.pointer, Int32(row), Int32(rows))
  }

  /// Adds the spikes that are emitted in this step; they show from the next one on.
  func add(_ spikes: UnsafeBufferPointer<Int32>) {
    for spike in spikes {
      let neuron = Int(spike)
      slow.pointer[neuron] += 1
      fast.pointer[neuron] += 1
      live.pointer[neuron / Int(METARL_SPORE_CHUNK)] = 1
    }
  }

  /// Begins a new block.
  func endBlock() {
    recorded.clear()
    peak.clear()
  }

  /// Stores the filters; the records must have been used up.
  func save(into archive: inout Archive, prefix: String) {
    archive.store(ArchivedTensor(slow.array), prefix + "/slow", in: .state)
    archive.store(ArchivedTensor(fast.array), prefix + "/fast", in: .state)
  }

  /// Restores what `save` stored.
  func restore(from archive: Archive, prefix: String) throws {
    slow.assign(try archive.floats(prefix + "/slow", count: slow.count, in: .state))
    fast.assign(try archive.floats(prefix + "/fast", count: fast.count, in: .state))
    live.pointer.update(repeating: 1, count: chunks)
    endBlock()
  }
}
