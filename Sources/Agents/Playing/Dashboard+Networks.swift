import Autodiff
import Scenes

extension Dashboard {
  /// Shows what a network remembers in the first row of a batch after `step` steps.
  mutating func memory(of shard: Shard, after step: Int) {
    guard shard.stateWidths.contains(where: { $0 > 0 }) else { return }
    raster(
      "memory",
      shard.stateWidths.enumerated().flatMap { index, width in
        UnsafeBufferPointer(start: shard.state(index, step: step), count: width)
      })
  }

  /// Shows the output `port` of a network in the first row of a batch.
  mutating func signal(_ name: String, of shard: Shard, port: String, width: Int) {
    raster(name, Array(UnsafeBufferPointer(start: shard.output(port), count: width)))
  }

  /// Shows the largest matrix among the parameters.
  mutating func weights(of parameters: ParameterStore) {
    let matrices = parameters.layout.parameters.filter { !$0.isVector }
    guard let largest = matrices.max(by: { $0.count < $1.count }) else { return }
    matrix("weights of \(largest.name)", columns: largest.columns) {
      parameters.values(of: largest.name)
    }
  }
}
