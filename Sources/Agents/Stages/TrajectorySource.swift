import Autodiff
import Tensor

/// Where stages find sequences of what a network will learn from, such as a task's training examples
/// or an agent's histories.
public protocol TrajectorySource {
  /// Steps of the longest sequence.
  var longest: Int { get }
  /// Traces the network as it will learn, with an output or more, and layers that can be cut off from
  /// one another (``LayerIsolation``).
  func trace(in tracer: Tracer)
  /// Draws a sequence.
  func draw(using random: inout RandomStream) -> Trajectory
  /// Copies a sequence to a row of the network's inputs, from `step` on. Threads call it at once.
  func write(_ trajectory: Trajectory, to shard: Shard, row: Int, from step: Int)
}

/// The beginning of a sequence.
public struct Trajectory: Sendable {
  /// Which sequence.
  public let index: Int
  /// Its steps up to where it is cut off; at least one.
  public let length: Int

  /// The first `length` steps of sequence `index`.
  public init(index: Int, length: Int) {
    self.index = index
    self.length = length
  }
}
