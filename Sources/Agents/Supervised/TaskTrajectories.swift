import Autodiff
import NeuroMod
import Sequences
import Tensor

/// Training examples of a task, each cut off after a random number of steps.
struct TaskTrajectories: TrajectorySource {
  let task: any SequenceTask
  let network: any Network
  /// Names the streams of the examples.
  let key: RandomKey

  var longest: Int { task.specification.steps }

  func trace(in tracer: Tracer) {
    TaskProgram.trace(network, task.specification, isolatesLayers: true, in: tracer)
  }

  func draw(using random: inout RandomStream) -> Trajectory {
    // Where every example is new, their numbers have no end.
    let count = task.specification.examples[.training] ?? 1 << 53
    return Trajectory(
      index: random.integer(below: count), length: 1 + random.integer(below: longest))
  }

  func write(_ trajectory: Trajectory, to shard: Shard, row: Int, from step: Int) {
    let example = SequenceBatch(task.specification, rows: 1)
    example.clear()
    task.write(ExampleRequest(trajectory.index, of: .training, key: key), into: example[0])
    let width = task.specification.inputWidth
    for shown in 0..<trajectory.length {
      (shard.input(TaskProgram.inputPort, step: step + shown) + row * width).update(
        from: example.inputs + shown * width, count: width)
    }
  }
}
