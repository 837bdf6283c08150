import Agents
import Configuration
import Sequences
import Tensor
import Testing

/// The gradient of a whole update, with batches in shards, several answers, averages and penalties,
/// against differences of the loss that the trainer itself reports.
@Suite struct SequenceGradientTests {
  private typealias Training = SequenceTraining

  @Test(arguments: [
    (
      #"{"name": "copy-first-input", "length": 6}"#,
      #""network": {"name": "recurrent", "cell": {"name": "gru", "weights": {"scale": 0.6}},"#
        + #" "sizes": [5, 4], "hidden": []}"#
    ),
    (
      #"{"name": "delayed-copy", "alphabet": 3, "symbols": 2, "delay": 1}"#,
      #""network": {"name": "recurrent", "cell": {"name": "lstm", "weights": {"scale": 0.6}},"#
        + #" "sizes": [4], "hidden": []}"#
    ),
    (
      #"{"name": "store-recall", "symbols": 4, "symbolSteps": 3, "groupSize": 2, "rate": 500}"#,
      #""network": {"name": "recurrent", "cell": {"name": "rnn", "weights": {"scale": 0.6}},"#
        + #" "sizes": [4], "hidden": [3], "activation": "tanh"}"#
    ),
    (
      #"{"name": "denoising", "format": "v1", "length": 7, "padding": 1, "answer": "signs"}"#,
      #""network": {"name": "recurrent", "sizes": [4], "hidden": []}"#
    ),
    (
      #"{"name": "sign-copy", "length": 5}"#,
      #""network": {"name": "nmd", "sizes": [4], "modulationSize": 3, "hidden": [3],"#
        + #" "activation": "tanh", "weights": {"scale": 0.5}},"#
        + #" "penalties": [{"signal": "z", "weight": 0.5, "target": 0.3},"#
        + #" {"signal": "scale0", "form": "layer", "weight": 0.7, "target": 0.2},"#
        + #" {"signal": "scale0", "form": "meanOverUnits", "weight": 0.9, "target": -0.4},"#
        + #" {"signal": "z", "form": "linear", "weight": 0.3}]"#
    ),
  ])
  func agreesWithDifferences(task: String, options: String) throws {
    let task = try Training.task(task)
    func trainer(learningRate: Int) throws -> SequenceTrainer {
      try Training.trainer(
        #"{\#(options), "batch": 7, "shards": 2, "updatesPerIteration": 1, "optimizer":"#
          + #" {"rule": "momentum", "momentum": 0, "learningRate": \#(learningRate)}}"#, task: task)
    }
    let learner = try trainer(learningRate: 1)
    var beginning = try Training.state(of: learner)
    // Far from the kink of the signal's ReLU.
    if options.contains("nmd") {
      beginning = beginning.replacing(
        "network/modulator/z/bias", by: ArchivedTensor([Float](repeating: 1, count: 3)))
      try learner.restore(from: beginning)
    }
    try Training.run(learner, iterations: 1)
    let after = try Training.weights(of: learner)

    let frozen = try trainer(learningRate: 0)
    func loss(_ archive: Archive) throws -> Double {
      try frozen.restore(from: archive)
      let metrics = try Training.run(frozen, iterations: 1)
      return try #require(metrics["train/loss"]) + (metrics["train/penalty"] ?? 0)
    }
    let base = try loss(beginning)
    var random = RandomKey(seed: 4).stream()
    for (name, tensor) in (beginning.tensors[.weights] ?? [:]).sorted(by: { $0.key < $1.key }) {
      let before = try #require(tensor.floats)
      let gradient = try zip(before, #require(after[name])).map { Double($0 - $1) }
      let check = DifferenceCheck(name, values: before, gradient: gradient, base: base) { values in
        try loss(beginning.replacing(name, by: ArchivedTensor(values, shape: tensor.shape)))
      }
      try check.compareEntries(3, using: &random)
      try check.compareWhole()
    }
  }

  /// Numbers are clipped first; the norm is that of what they leave.
  @Test(
    arguments: [
      (#""gradientLimit": 1e-3"#, nil, 1e-3),
      (#""gradientNormLimit": 1e-3"#, 1e-3, nil),
      (#""gradientLimit": 1e-3, "gradientNormLimit": 2e-3"#, 2e-3, nil),
      (#""gradientLimit": 1e-3, "gradientNormLimit": 1"#, nil, 1e-3),
    ] as [(String, Double?, Double?)])
  func gradientsAreClipped(limits: String, norm: Double?, largest: Double?) throws {
    let trainer = try Training.trainer(
      #"{\#(limits), "network": {"name": "recurrent", "sizes": [6], "hidden": []}, "batch": 8,"#
        + #" "updatesPerIteration": 1, "optimizer":"#
        + #" {"rule": "momentum", "momentum": 0, "learningRate": 1}}"#,
      task: try Training.task(#"{"name": "sign-copy", "length": 4}"#))
    let before = try Training.weights(of: trainer)
    let metrics = try Training.run(trainer, iterations: 1)
    #expect(try #require(metrics["update/gradientNorm"]) > 4e-3, "there is something to clip")
    let after = try Training.weights(of: trainer)
    let changes = try before.flatMap { name, values in
      try zip(values, #require(after[name])).map { Double($0 - $1) }
    }
    if let norm {
      #expect(abs(changes.reduce(0) { $0 + $1 * $1 }.squareRoot() - norm) < 1e-6)
    }
    let most = changes.reduce(0) { max($0, abs($1)) }
    #expect(largest.map { abs(most - $0) < 1e-6 } ?? (most < 1e-3))
  }
}

extension Archive {
  /// The archive with another tensor in place of one of its weights.
  func replacing(_ name: String, by tensor: ArchivedTensor) -> Archive {
    var copy = Archive()
    for (section, tensors) in tensors {
      for (other, old) in tensors {
        copy.store(other == name && section == .weights ? tensor : old, other, in: section)
      }
    }
    for (name, json) in values { copy.storeEncoded(json, name) }
    return copy
  }
}
