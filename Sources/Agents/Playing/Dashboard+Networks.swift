import Autodiff
import Scenes

extension Dashboard {
  /// Shows what the recurrent layers of a network remember in the first row of a batch after `step`
  /// steps; of a network without layers of that name, all that it remembers.
  mutating func memory(of shard: Shard, after step: Int) {
    guard !shard.states.isEmpty else { return }
    let all = Array(shard.states.indices)
    // What else is carried from step to step, such as the previous observation, has a scale of its
    // own and would leave no colour to the units.
    let recurrent = all.filter { index in
      shard.states[index].name.split(separator: "/").contains { $0.hasPrefix("recurrent") }
    }
    raster(
      "memory",
      (recurrent.isEmpty ? all : recurrent).flatMap { index in
        UnsafeBufferPointer(
          start: shard.state(index, step: step), count: shard.stateWidths[index])
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
