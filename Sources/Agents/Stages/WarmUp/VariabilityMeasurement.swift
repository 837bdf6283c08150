import Configuration
import Tensor

/// How VAA of a whole network is measured in the course of a training.
///
/// Sequences of the training lead to states, from which the network runs on under a constant input
/// u ~ N(0, 1); ``VariabilityAmongAttractors`` says how many attractors that leads to. Each
/// measurement has the same constant inputs, and the same sequences where the training does not
/// replace them. The training does not notice.
///
/// The log gets `variability/vaa` of the weights after the iteration. The defaults are the protocol
/// of G. Lambrechts et al. 2023, arXiv 2106.01001.
public struct VariabilityMeasurement: Configurable {
  /// Iterations from one measurement to the next; 0 for none.
  public var every = 0
  /// Steps under constant input.
  public var steps = 10_000
  /// States, each at the end of a sequence.
  public var states = 200
  /// Constant inputs over which VAA is averaged, each with sequences of its own.
  public var measurements = 1
  /// ε, the distance within which states count as one.
  public var distance = 1e-4

  /// None.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer(
        "every", \.every, in: 0...1_000_000_000,
        "Iterations from one measurement to the next; 0 for none."),
      .integer("steps", \.steps, in: 1...10_000_000, "Steps under constant input."),
      .integer("states", \.states, in: 2...100_000, "States, each at the end of a sequence."),
      .integer(
        "measurements", \.measurements, in: 1...10_000,
        "Constant inputs over which VAA is averaged, each with sequences of its own."),
      .number("distance", \.distance, in: 1e-9...1, "ε, within which states count as one."),
    ]
  }

  /// What to log after an iteration.
  ///
  /// - Parameters:
  ///   - context: the network as it is; its key names the streams of all measurements.
  ///   - shards: parts into which sequences are divided for threads; they change no bit.
  /// - Throws: `ConfigurationError` for a network without recurrent layers.
  func metrics(
    afterIteration iteration: Int, in context: StageContext, shards: Int
  ) throws -> [Metric] {
    guard every > 0, iteration.isMultiple(of: every) else { return [] }
    return [Metric("variability/vaa", try vaa(in: context, shards: shards))]
  }

  /// Mean VAA over constant inputs.
  ///
  /// - Throws: `ConfigurationError` for a network without recurrent layers.
  func vaa(in context: StageContext, shards: Int) throws -> Double {
    let relaxation = Relaxation(
      context.trajectories, parameters: context.parameters,
      rows: Partition.sizes(of: states, parts: min(shards, states)))
    try relaxation.requireLayers(at: context.path)
    let sum = (0..<measurements).reduce(0.0) { sum, index in
      var random = (context.key / "measurement" / index).stream()
      return sum
        + relaxation.counted(
          after: steps, distance: distance, using: &random, pool: context.pool)
    }
    return sum / Double(measurements)
  }
}

extension Relaxation {
  /// - Throws: `ConfigurationError` at `path` for a network without recurrent layers.
  func requireLayers(at path: JSONPath) throws {
    guard layers.isEmpty else { return }
    throw ConfigurationError(
      path, "the network has no recurrent layers with attractors",
      remedy: "Name a network with recurrent layers, or leave this out.")
  }
}
