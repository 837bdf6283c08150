import CKernels
import NeuroMod
import Scenes

/// Plays with the synapses that a ``SporeAgent`` has grown, step by step. Thresholds, which belong to the
/// neurons, go on adapting.
final class SporePlayer: Player {
  private let loop: SporeLoop
  /// The projection with the most synapses: a row for each target, a column for each source.
  private let projection: String
  private let weights: [Float]
  private let sources: Int

  /// A player over a loop that does not learn.
  init(_ loop: SporeLoop) {
    self.loop = loop
    loop.countsSpikes = true
    let largest = loop.network.synapses.max { $0.synapses.count < $1.synapses.count }
    projection = largest?.projection ?? ""
    let synapses = largest?.synapses ?? []
    let sources = (synapses.map(\.source).max() ?? 0) + 1
    let targets = (synapses.map(\.target).max() ?? 0) + 1
    var weights = Array(repeating: Float(0), count: sources * targets)
    for synapse in synapses { weights[synapse.target * sources + synapse.source] += synapse.weight }
    (self.sources, self.weights) = (sources, weights)
  }

  func step() {
    let mode = metarl_flush_subnormals()
    defer { metarl_restore_subnormals(mode) }
    _ = loop.advance()
  }

  func show(on dashboard: inout Dashboard) {
    dashboard.raster("spikes", loop.spikeCounts)
    dashboard.matrix("weights of \(projection)", columns: sources) { weights }
  }
}
