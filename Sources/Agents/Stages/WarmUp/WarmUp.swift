import Autodiff
import Configuration
import Tensor

/// Raises the number of attractors that a recurrent network can reach, before it learns anything.
///
/// ```
/// L = 1/layers Σ (VAA* − target)²
/// ```
///
/// In each update sequences of the training lead to states, from which each layer runs alone under a
/// constant input of its own, for M steps, M uniform in 1 … min(1 + `growth` s, `longest`) in update s. The
/// gradient of ``VariabilityAmongAttractors`` flows through both. It vanishes once all states have met, which
/// is why M begins small. The optimizer is Adam with a memory of its own; the readout gets no gradient.
///
/// With `part` only the cells of that name in each layer are warmed up, such as `first` of double layers:
/// the second keeps its usual beginning, for precise transients.
///
/// The log gets `warmup/vaaBefore` and `warmup/vaa`, VAA of the whole network before and after, and
/// `warmup/vaaStar`, the mean over layers in the last update.
///
/// Source: G. Lambrechts et al. 2023, arXiv 2106.01001; the defaults are its.
public struct WarmUp: TrainingStage {
  /// Updates; 0 only to measure.
  public var updates = 100
  /// Sequences of an update.
  public var batch = 32
  /// Adam's step size.
  public var learningRate: Float = 1e-2
  /// The VAA* to reach.
  public var target = 0.95
  /// ε, the distance within which states count as one.
  public var distance = 1e-4
  /// How much the largest M grows in each update.
  public var growth = 10
  /// The largest M.
  public var longest = 200
  /// The scope within each layer that is warmed up; empty for all of it.
  public var part = ""
  /// M where VAA is measured.
  public var measuredSteps = 10_000
  /// Constant inputs over which VAA is averaged; 0 not to measure it.
  public var measurements = 10
  /// Sequences of a measurement.
  public var measuredBatch = 32
  /// Parts into which sequences are divided for threads.
  public var shards = 2

  /// The published settings.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("updates", \.updates, in: 0...1_000_000, "Updates; 0 only to measure."),
      .integer("batch", \.batch, in: 2...100_000, "Sequences of an update."),
      .number("learningRate", \.learningRate, in: 0...1, "Adam's step size."),
      .number("target", \.target, in: 0...1, "The VAA* to reach."),
      .number("distance", \.distance, in: 1e-9...1, "ε, within which states count as one."),
      .integer(
        "growth", \.growth, in: 0...1_000_000,
        "Growth of the largest number of steps under constant input, each update."),
      .integer(
        "longest", \.longest, in: 1...1_000_000, "The largest number of steps under constant input."
      ),
      .text(
        "part", \.part,
        "The scope within each layer that is warmed up, such as first of double; empty for all."),
      .integer(
        "measuredSteps", \.measuredSteps, in: 1...10_000_000,
        "Steps under constant input where VAA is measured."),
      .integer(
        "measurements", \.measurements, in: 0...10_000,
        "Constant inputs over which VAA is averaged; 0 not to measure it."),
      .integer(
        "measuredBatch", \.measuredBatch, in: 2...100_000, "Sequences of a measurement."),
      .integer(
        "shards", \.shards, in: 1...1024,
        "Parts of the sequences that threads share; part of the experiment, not of the machine."),
    ]
  }

  /// A shard needs a sequence.
  public func validate(at path: JSONPath) throws {
    guard shards <= min(batch, measuredBatch) else {
      throw ConfigurationError(
        path.appending("shards"), "\(shards) shards are more than the sequences of a batch",
        remedy: "Use at most \(min(batch, measuredBatch)).")
    }
  }

  /// Warms up `context.parameters`, and measures.
  ///
  /// - Throws: `ConfigurationError` for a network without recurrent layers or without the part,
  ///   ``NumericalError`` for a gradient that is not finite; then the parameters are the last finite ones.
  public func run(_ context: StageContext) throws -> [Metric] {
    var metrics: [Metric] = []
    let measures = measurements > 0
    if measures { metrics.append(Metric("warmup/vaaBefore", try measure(context))) }
    guard updates > 0 else { return metrics }
    metrics.append(Metric("warmup/vaaStar", try learn(context)))
    if measures { metrics.append(Metric("warmup/vaa", try measure(context))) }
    return metrics
  }

  /// Mean VAA over constant inputs, the same ones before and after.
  private func measure(_ context: StageContext) throws -> Double {
    var measurement = VariabilityMeasurement()
    (measurement.steps, measurement.states) = (measuredSteps, measuredBatch)
    (measurement.measurements, measurement.distance) = (measurements, distance)
    return try measurement.vaa(in: context, shards: shards)
  }

  /// Makes the updates and returns the mean VAA* of layers in the last one.
  private func learn(_ context: StageContext) throws -> Double {
    let relaxation = try relaxation(context)
    let count = Double(relaxation.layers.count)
    let parameters = context.parameters
    let optimizer = Optimizer(.adam(), count: parameters.layout.count)
    var mean = 0.0
    for update in 0..<updates {
      var random = (context.key / "update" / update).stream()
      let steps = 1 + random.integer(below: min(1 + growth * update, longest))
      let values = relaxation.smooth(
        after: steps, distance: distance, using: &random, pool: context.pool)
      mean = values.reduce(0, +) / count
      let gradient = relaxation.gradient(
        values.map { 2 * ($0 - target) / count }, pool: context.pool)
      guard Optimizer.norm(gradient, count: parameters.layout.count).isFinite, mean.isFinite else {
        let parameter = parameters.layout.firstNonFinite(in: gradient)?.name ?? "VAA*"
        throw NumericalError(
          quantity: "warm-up gradient of \(parameter)", iteration: 1,
          place: "update \(update + 1) of the warm-up; try a smaller learningRate")
      }
      optimizer.update(parameters, gradient: gradient, learningRate: learningRate)
    }
    return mean
  }

  private func relaxation(_ context: StageContext) throws -> Relaxation {
    let relaxation = Relaxation(
      context.trajectories, parameters: context.parameters, part: part,
      rows: Partition.sizes(of: batch, parts: shards), relaxationSteps: longest)
    try relaxation.requireLayers(at: context.path)
    if let empty = relaxation.layers.first(where: \.states.isEmpty) {
      throw ConfigurationError(
        context.path.appending("part"),
        "layer \(empty.path) has no states in a part called “\(part)”",
        remedy: "Parts of a double layer are first and second; write \"\" for the whole layer.")
    }
    return relaxation
  }
}
