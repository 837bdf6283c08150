import Agents
import Configuration
import Foundation
import NeuroMod
import Sequences
import Synchronization
import Tensor
import Testing

@Suite struct SequenceTrainerTests {
  private typealias Training = SequenceTraining

  private static let network = #""network": {"name": "recurrent", "sizes": [6], "hidden": []}"#
  private static let copy =
    #"{"name": "copy-first-input", "length": 5, "examples": {"training": 0, "validation": 100}}"#

  // MARK: Learning

  private static let learning =
    #"{"network": {"name": "recurrent", "sizes": [24], "hidden": []}, "batch": 50,"#
    + #" "optimizer": {"learningRate": 0.005}, "updatesPerIteration": 400}"#

  /// The first number comes back after five steps; one that has nothing to do with it does not.
  @Test func learnsToCopyAndNothingElse() throws {
    let task = try Training.task(Self.copy)
    let learner = try Training.trainer(Self.learning, task: task, threads: 2)
    #expect(abs(try Training.test(learner).loss - 1) < 0.15)
    try Training.run(learner, iterations: 1)
    #expect(try Training.test(learner).loss < 0.1)

    let control = try Training.trainer(
      Self.learning, task: Training.Shuffled(base: task), threads: 2)
    try Training.run(control, iterations: 1)
    #expect(try Training.test(control).loss > 0.85)
  }

  @Test func learnsSignsAndNothingElse() throws {
    let task = try Training.task(#"{"name": "sign-copy", "length": 8}"#)
    let learner = try Training.trainer(Self.learning, task: task, threads: 2)
    try Training.run(learner, iterations: 1)
    #expect(try Training.test(learner).accuracy > 0.95)

    let control = try Training.trainer(
      Self.learning, task: Training.Shuffled(base: task), threads: 2)
    try Training.run(control, iterations: 1)
    let accuracy = try Training.test(control, count: 2000).accuracy
    #expect(abs(accuracy - 0.5) < 4 * (0.25 / 2000).squareRoot())
  }

  /// A penalty holds the mean of a signal where it wants it.
  @Test func penaltiesHoldTheirTarget() throws {
    let trainer = try Training.trainer(
      #"{"network": {"name": "nmd", "sizes": [6], "modulationSize": 4, "hidden": [4]},"#
        + #" "penalties": [{"signal": "z", "weight": 10, "target": 0.7}], "batch": 20,"#
        + #" "optimizer": {"learningRate": 0.01}, "updatesPerIteration": 300}"#,
      task: try Training.task(#"{"name": "sign-copy", "length": 4}"#))
    let metrics = try Training.run(trainer, iterations: 1)
    #expect(abs(try #require(metrics["signal/z"]) - 0.7) < 0.05)
  }

  // MARK: The same bits

  private static let noisyNetwork =
    #""network": {"name": "recurrent", "sizes": [6, 5], "hidden": [4], "dropout": 0.2,"#
    + #" "inputDropout": 0.1, "cell": {"name": "egru", "zoneout": 0.2, "dropConnect": 0.3}}"#

  /// Everything that has to survive: states that are carried, the best weights, an order of examples, and
  /// noise of every kind.
  private static let everything = """
    {\(noisyNetwork), "batch": 10, "shards": 3, "epochs": 3, "updatesPerIteration": 2,
     "carriesState": true, "keepsBest": true, "stopping": {"patience": 50, "goalIterations": 3},
     "optimizer": {"learningRate": 0.05, "schedule": "cosine", "decay": 0.5, "decayUpdates": 4},
     "testBatch": 7, "skipsNonFiniteGradients": true}
    """
  private static let small = """
    {"name": "delayed-copy", "alphabet": 3, "symbols": 2, "delay": 2,
     "examples": {"training": 45, "validation": 13, "test": 11}}
    """

  @Test func threadsDoNotMatter() throws {
    let task = try Training.task(Self.small)
    let one = try Training.trainer(Self.everything, task: task)
    let metrics = try (0..<5).map { _ in try one.trainIteration() }
    for threads in 2...3 {
      let other = try Training.trainer(Self.everything, task: task, threads: threads)
      #expect(try (0..<5).map { _ in try other.trainIteration() } == metrics)
      #expect(try Training.state(of: other) == Training.state(of: one))
    }
    let other = try Training.trainer(Self.everything, task: task, seed: 1)
    try Training.run(other, iterations: 5)
    #expect(try Training.state(of: other) != Training.state(of: one))
  }

  @Test(arguments: [0, 1, 3]) func goesOnToTheBit(stop: Int) throws {
    let task = try Training.task(Self.small)
    let whole = try Training.trainer(Self.everything, task: task)
    for _ in 0..<stop { _ = try whole.trainIteration() }
    let middle = try Training.state(of: whole)
    let metrics = try (stop..<6).map { _ in try whole.trainIteration() }
    #expect(whole.isFinished && whole.totalIterations == 6 && whole.progress.updates == 12)

    let resumed = try Training.trainer(Self.everything, task: task, threads: 2)
    _ = try resumed.trainIteration()
    try resumed.restore(from: middle)
    #expect(try (stop..<6).map { _ in try resumed.trainIteration() } == metrics)
    #expect(try Training.state(of: resumed) == Training.state(of: whole))
    let key = RandomKey(seed: 3)
    #expect(try resumed.test(count: 11, key: key) == whole.test(count: 11, key: key))
    #expect(try resumed.test(count: 11, key: key) == resumed.test(count: 11, key: key))
  }

  /// With states carried on, the second batch begins where the first ended.
  @Test func statesAreCarriedWhereAskedFor() throws {
    func loss(_ option: String) throws -> Double? {
      let trainer = try Training.trainer(
        #"{\#(option)\#(Self.network), "batch": 4, "updatesPerIteration": 1, "optimizer":"#
          + #" {"learningRate": 0}}"#, task: try Training.task(Self.copy))
      return try Training.run(trainer, iterations: 2)["train/loss"]
    }
    #expect(try loss(#""carriesState": true, "#) != loss(""))
  }

  // MARK: Examples

  /// Notes what is asked of it.
  private final class Witness: SequenceTask {
    let specification: SequenceSpecification
    private let seen = Mutex<[(DataSplit, Int, RandomKey)]>([])

    init(_ examples: ExampleCounts) {
      specification = SequenceSpecification(
        name: "witness", steps: 2, inputWidth: 1, outputWidth: 1, loss: .squaredError,
        examples: examples)
    }

    func write(_ request: ExampleRequest, into slot: ExampleSlot) {
      seen.withLock { $0.append((request.split, request.index, request.showing)) }
      slot.setWeight(1, at: 1)
    }

    /// What has been asked for since the last time, in training.
    func take() -> [(index: Int, showing: RandomKey)] {
      seen.withLock { seen in
        defer { seen = [] }
        return seen.filter { $0.0 == .training }.map { ($0.1, $0.2) }
      }
    }
  }

  @Test func everyEpochShowsEveryExampleOnce() throws {
    let task = Witness(ExampleCounts(training: 21, validation: 5, test: 5))
    let trainer = try Training.trainer(
      #"{\#(Self.network), "batch": 5, "epochs": 3, "updatesPerIteration": 0, "shards": 2}"#,
      task: task)
    #expect(trainer.totalIterations == 3)
    var epochs: [[Int]] = []
    var showings = Set<RandomKey>()
    while !trainer.isFinished {
      _ = try trainer.trainIteration()
      let seen = task.take()
      #expect(seen.count == 20 && Set(seen.map(\.index)).count == 20)
      #expect(seen.allSatisfy { (0..<21).contains($0.index) })
      epochs.append(seen.map(\.index))
      showings.formUnion(seen.map(\.showing))
    }
    #expect(epochs.count == 3 && Set(epochs).count == 3, "each epoch has an order of its own")
    #expect(showings.count == 60, "an example is shown in another way each time")
    #expect(trainer.progress.examples == 60)
  }

  @Test func withoutATrainingSetEveryExampleIsNew() throws {
    let task = Witness(ExampleCounts(training: 0, validation: 0, test: 5))
    let trainer = try Training.trainer(
      #"{\#(Self.network), "batch": 4, "updates": 5, "updatesPerIteration": 2}"#, task: task)
    #expect(trainer.headlineMetric == "train/loss")
    while !trainer.isFinished { _ = try trainer.trainIteration() }
    #expect(trainer.progress.iterations == 3 && trainer.progress.updates == 5)
    #expect(task.take().map(\.index).sorted() == Array(0..<20))
  }

  // MARK: Ending

  @Test func stopsWhereItIsGoodEnough() throws {
    let trainer = try Training.trainer(
      #"{"network": {"name": "recurrent", "sizes": [24], "hidden": []}, "batch": 50,"#
        + #" "optimizer": {"learningRate": 0.005}, "updates": 3000, "updatesPerIteration": 50,"#
        + #" "stopping": {"goal": 0.3, "goalIterations": 2}}"#,
      task: try Training.task(Self.copy), threads: 2)
    var losses: [Double] = []
    while !trainer.isFinished {
      let metrics = try trainer.trainIteration()
      losses.append(try #require(metrics.first { $0.name == "validation/loss" }).value)
    }
    #expect(losses.count >= 2 && losses.count < 60)
    #expect(losses.suffix(2).reduce(0, +) / 2 <= 0.3)
    #expect(losses.dropLast().suffix(2).reduce(0, +) / 2 > 0.3 || losses.count == 2)
  }

  @Test func patienceEnds() throws {
    let trainer = try Training.trainer(
      #"{\#(Self.network), "batch": 5, "updates": 100, "updatesPerIteration": 1,"#
        + #" "optimizer": {"learningRate": 0}, "stopping": {"patience": 4}}"#,
      task: try Training.task(Self.copy))
    while !trainer.isFinished { _ = try trainer.trainIteration() }
    #expect(trainer.progress.iterations == 5, "the first is the best, four do not improve on it")
  }

  /// Steps so large that the network gets worse again: the test is that of its best moment.
  @Test func theBestWeightsAreKept() throws {
    func trainer(_ option: String) throws -> SequenceTrainer {
      try Training.trainer(
        #"{\#(option)\#(Self.network), "batch": 20, "updates": 60, "updatesPerIteration": 5,"#
          + #" "optimizer": {"learningRate": 2}}"#, task: try Training.task(Self.copy))
    }
    let keeping = try trainer(#""keepsBest": true, "#)
    var losses: [Double] = []
    while !keeping.isFinished {
      let metrics = try keeping.trainIteration()
      losses.append(try #require(metrics.first { $0.name == "validation/loss" }).value)
    }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(best < losses.count - 1, "\(losses)")
    let other = try trainer("")
    try Training.run(other, iterations: best + 1)
    #expect(try Training.test(keeping).loss == Training.test(other).loss)
    try Training.run(other, iterations: losses.count - best - 1)
    #expect(try Training.test(keeping).loss != Training.test(other).loss)
  }

  // MARK: Faults

  /// The example at `fault` is not a number.
  private struct Faulty: SequenceTask {
    let fault: Int
    let specification = SequenceSpecification(
      name: "faulty", steps: 2, inputWidth: 1, outputWidth: 1, loss: .squaredError,
      examples: ExampleCounts(training: 0, validation: 0, test: 1))

    func write(_ request: ExampleRequest, into slot: ExampleSlot) {
      slot.input(0)[0] = request.index == fault ? .nan : 1
      slot.setWeight(1, at: 1)
    }
  }

  @Test func numbersThatAreNotFiniteEndTheTrainingOrAreSkipped() throws {
    let options = #""batch": 4, "updatesPerIteration": 3"#
    let strict = try Training.trainer("{\(Self.network), \(options)}", task: Faulty(fault: 9))
    let error = #expect(throws: NumericalError.self) { try strict.trainIteration() }
    #expect(error?.quantity == "training loss" && error?.place == "update 3")
    // Row 1 of the third batch of four is the faulty example; two shards have two rows each.
    var evidence = Archive()
    strict.save(evidenceInto: &evidence)
    let inputs = try evidence.floats("shard0/inputs", count: 4, in: .state)
    #expect(inputs.enumerated().allSatisfy { $1.isNaN == ($0 == 1) }, "\(inputs)")
    #expect(evidence.tensors[.weights]?.isEmpty == false)

    let lenient = try Training.trainer(
      #"{\#(Self.network), \#(options), "skipsNonFiniteGradients": true}"#, task: Faulty(fault: 9))
    let metrics = try Training.run(lenient, iterations: 1)
    #expect(metrics["update/skipped"] == 1)
    #expect(metrics["train/loss"]?.isFinite == true)
    #expect(try Training.weights(of: lenient).values.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  /// A sequence that breaks the states of its row does not break those that come after it.
  @Test func carriedStatesBeginAnewWhereTheyAreNotFinite() throws {
    let trainer = try Training.trainer(
      #"{\#(Self.network), "batch": 4, "updatesPerIteration": 6, "carriesState": true,"#
        + #" "skipsNonFiniteGradients": true}"#, task: Faulty(fault: 9))
    let metrics = try Training.run(trainer, iterations: 1)
    #expect(metrics["update/skipped"] == 1)
  }

  @Test(arguments: [
    (#""epochs": 2"#, 0, "learner.epochs"),
    (#""updatesPerIteration": 0"#, 0, "learner.updatesPerIteration"),
    (#""batch": 40"#, 39, "learner.batch"),
    (#""keepsBest": true"#, 0, "task.examples.validation"),
    (#""stopping": {"patience": 3}"#, 0, "task.examples.validation"),
    (#""penalties": [{"signal": "activty"}]"#, 0, "learner.penalties[0].signal"),
  ])
  func optionsThatDoNotFit(option: String, training: Int, path: String) throws {
    let task = Witness(ExampleCounts(training: training, validation: 0, test: 1))
    let error = #expect(throws: ConfigurationError.self) {
      try Training.trainer("{\(Self.network), \(option)}", task: task)
    }
    #expect(error?.path.description == path, "\(error as Any)")
  }

  @Test func moreShardsThanSequencesAreRefused() {
    #expect(throws: ConfigurationError.self) {
      try SequenceTrainerOptions(json: JSONValue(parsing: #"{"batch": 3, "shards": 4}"#))
    }
    #expect(throws: ConfigurationError.self) {
      try SequenceTrainerOptions(json: JSONValue(parsing: #"{"testBatch": 3, "shards": 4}"#))
    }
  }
}
