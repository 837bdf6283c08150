import Agents
import Autodiff
import Configuration
import Foundation
import Tensor
import Testing

/// What is done to parameters before a training.
@Suite struct TrainingStageTests {
  private typealias Training = SequenceTraining

  /// Sets every parameter to the same number and says which.
  private struct Flatten: TrainingStage {
    var value: Float = 0.5

    static var fields: [Field<Self>] { [.number("value", \.value, "The number.")] }

    func run(_ context: StageContext) throws -> [Metric] {
      context.parameters.assign(
        [Float](repeating: value, count: context.parameters.layout.count))
      return [Metric("stage/value", Double(value))]
    }
  }

  private func trainer(
    _ stages: String, cell: String = #""gru""#, size: Int = 3
  ) throws -> SequenceTrainer {
    var registry = Registry<any TrainingStage>.standard
    registry.register("flatten", "All the same.", Flatten.self)
    return try TrainingStageChoice.$registry.withValue(registry) {
      try Training.trainer(
        #"{"network": {"name": "recurrent", "cell": \#(cell), "sizes": [\#(size)], "hidden": []},"#
          + #" "batch": 4,"#
          + #" "updatesPerIteration": 1, "optimizer": {"learningRate": 0}, "stages": \#(stages)}"#,
        task: try Training.task(#"{"name": "sign-copy", "length": 4}"#))
    }
  }

  @Test func stagesRunOnceInTheirOrder() throws {
    let trainer = try trainer(#"["flatten", {"name": "flatten", "value": 0.25}]"#)
    let first = try trainer.trainIteration()
    #expect(first.filter { $0.name == "stage/value" }.map(\.value) == [0.5, 0.25])
    let weights = try Training.weights(of: trainer)
    #expect(weights.values.allSatisfy { $0.allSatisfy { $0 == 0.25 } })
    #expect(try trainer.trainIteration().allSatisfy { $0.name != "stage/value" })

    // A trainer that goes on does not repeat them.
    let middle = try Training.state(of: trainer)
    let resumed = try self.trainer(#"[{"name": "flatten", "value": 7}]"#)
    try resumed.restore(from: middle)
    _ = try resumed.trainIteration()
    #expect(try Training.weights(of: resumed) == weights)
  }

  /// Writes the weights of a trainer to `path`.
  private func write(weightsOf trainer: SequenceTrainer, to path: String) throws {
    let tensors = try Training.state(of: trainer).tensors[.weights] ?? [:]
    try Data(Safetensors(tensors: tensors).bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func storedWeightsOfAnotherRun() throws {
    let path = NSTemporaryDirectory() + "metarl-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let donor = try trainer("[]")
    try write(weightsOf: donor, to: path)
    let stage = #"["flatten", {"name": "stored-weights", "file": "\#(path)"}]"#
    let heir = try trainer(stage)
    _ = try heir.trainIteration()
    #expect(try Training.weights(of: heir) == Training.weights(of: donor))

    let larger = try trainer(stage, size: 4)
    let unfit = #expect(throws: ConfigurationError.self) { try larger.trainIteration() }
    #expect(unfit?.problem.contains("another network") == true)
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
    let damaged = #expect(throws: ConfigurationError.self) { try trainer(stage).trainIteration() }
    #expect(damaged?.problem.contains("damaged") == true)
    try FileManager.default.removeItem(atPath: path)
    let missing = #expect(throws: ConfigurationError.self) { try trainer(stage).trainIteration() }
    #expect(missing?.problem.contains("cannot be read") == true)
  }

  /// A spiking network that was trained without noise goes on with the noise that is drawn for it.
  @Test func fixedVectorsMayBeAbsentFromStoredWeights() throws {
    let path = NSTemporaryDirectory() + "metarl-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let donor = try trainer(#"["flatten"]"#, cell: #""src""#)
    _ = try donor.trainIteration()
    try write(weightsOf: donor, to: path)
    let stage = #"[{"name": "stored-weights", "file": "\#(path)"}]"#
    let heir = try trainer(stage, cell: #"{"name": "src", "feedbackNoise": 0.1}"#)
    let drawn = try Training.weights(of: heir)
    _ = try heir.trainIteration()
    let (weights, donated) = (try Training.weights(of: heir), try Training.weights(of: donor))
    let absent = weights.keys.filter { donated[$0] == nil }
    #expect(absent.count == 2 && absent.allSatisfy { $0.hasSuffix("Feedback") })
    for (name, numbers) in weights { #expect(numbers == donated[name] ?? drawn[name]) }

    // What is learned must be there.
    let other = try trainer(stage)
    let missing = #expect(throws: ConfigurationError.self) { try other.trainIteration() }
    #expect(missing?.problem.contains("is missing from the weights") == true)
  }
}
