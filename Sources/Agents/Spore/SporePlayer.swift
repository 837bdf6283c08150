import CKernels
import Envs
import NeuroMod
import Scenes

/// Plays with the synapses that a ``SporeAgent`` has grown, step by step. Thresholds, which belong to the
/// neurons, go on adapting.
final class SporePlayer: Player {
  private let loop: SporeLoop
  private let iteration: Int
  private let weights: WeightPanel

  /// A player over a loop that does not learn.
  ///
  /// - Parameters:
  ///   - camera: the image that motor neurons see directly, if there is one.
  ///   - iteration: the iteration that left these weights, for errors.
  init(_ loop: SporeLoop, camera: ObservationImage?, iteration: Int) {
    self.loop = loop
    self.iteration = iteration
    loop.countsSpikes = true
    weights =
      if let camera {
        WeightPanel(loop.network.receptiveFields(of: camera), of: camera)
      } else {
        WeightPanel(largestProjectionOf: loop.network)
      }
  }

  func step() throws {
    let mode = metarl_flush_subnormals()
    defer { metarl_restore_subnormals(mode) }
    _ = try loop.advanceInTest(iteration: iteration)
  }

  func show(on dashboard: inout Dashboard) {
    dashboard.raster("spikes", loop.spikeCounts)
    dashboard.matrix(weights.name, columns: weights.columns) { weights.numbers }
  }
}
