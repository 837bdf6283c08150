import Agents
import Configuration
import Sequences
import Testing

/// Training of spiking and event-based networks, with delays, prices on activity and deep rewiring.
@Suite struct SpikingTrainingTests {
  private typealias Training = SequenceTraining

  /// Everything at once: the sequences are shorter than the delays.
  private static let everything = """
    {"network": {"name": "recurrent", "sizes": [12], "hidden": [], "filterDecay": 0.8,
       "cell": {"name": "lsnn", "threshold": 0.1, "delays": 9, "adaptationTime": 50, "refractory": 1,
         "inputWeights": {"distribution": "signedSparse", "scale": 4, "connectivity": 0.5},
         "recurrentWeights": {"distribution": "signedSparse", "scale": 2, "connectivity": 0.5}}},
     "batch": 10, "shards": 3, "epochs": 3, "updatesPerIteration": 2, "carriesState": true,
     "penalties": [{"signal": "activity", "weight": 0.1, "target": 0.02}],
     "rewiring": {"matrices": [{"name": "recurrent0/input", "connectivity": 0.3},
       {"name": "recurrent0/recurrent", "connectivity": 0.3}], "l1": 0.1, "temperature": 1e-4},
     "optimizer": {"learningRate": 0.05}}
    """
  private static let small = """
    {"name": "delayed-copy", "alphabet": 3, "symbols": 2, "delay": 2,
     "examples": {"training": 45, "validation": 13, "test": 11}}
    """

  @Test func continuesToTheBitWithAnyThreads() throws {
    let task = try Training.task(Self.small)
    let whole = try Training.trainer(Self.everything, task: task)
    for _ in 0..<2 { _ = try whole.trainIteration() }
    let middle = try Training.state(of: whole)
    let metrics = try (2..<6).map { _ in try whole.trainIteration() }
    let resumed = try Training.trainer(Self.everything, task: task, threads: 2)
    try resumed.restore(from: middle)
    #expect(try (2..<6).map { _ in try resumed.trainIteration() } == metrics)
    #expect(try Training.state(of: resumed) == Training.state(of: whole))
  }

  /// ⌊0.3 · (5 · 12 + 12 · 12)⌋ connections after every update, and spikes that save work.
  @Test func metricsSayWhatIsSparse() throws {
    let trainer = try Training.trainer(Self.everything, task: try Training.task(Self.small))
    for _ in 0..<4 {
      let metrics = try Training.run(trainer, iterations: 1)
      #expect(metrics["rewiring/connections"] == 61)
      let share = try #require(metrics["operations/forward"])
      #expect(share > 0 && share <= 1)
      #expect(try #require(metrics["operations/backward"]) <= 1)
      #expect(try #require(metrics["signal/recurrent0/activity"]) > 0)
    }
    let weights = try Training.weights(of: trainer)
    #expect(try #require(weights["network/recurrent0/input"]).count == 60)
  }

  /// Activity and operations are logged without a price, and are the same with a price of 0.
  @Test(arguments: [
    #"{"name": "lsnn", "threshold": 0.01}"#, #"{"name": "egru", "thresholdMean": 0.1}"#,
  ])
  func activityIsAlwaysLogged(cell: String) throws {
    func metrics(_ option: String) throws -> [String: Double] {
      let trainer = try Training.trainer(
        #"{"network": {"name": "recurrent", "cell": \#(cell), "sizes": [6], "hidden": []},"#
          + #" \#(option) "batch": 10, "updatesPerIteration": 1}"#,
        task: try Training.task(Self.small))
      return try Training.run(trainer, iterations: 1)
    }
    let plain = try metrics("")
    let priced = try metrics(#""penalties": [{"signal": "activity"}],"#)
    #expect(plain["train/penalty"] == nil && priced["train/penalty"] == 0)
    for name in ["signal/recurrent0/activity", "validation/recurrent0/activity"] {
      let activity = try #require(plain[name])
      #expect(activity > 0 && activity < 1, "\(name) is \(activity)")
    }
    #expect(plain["signal/recurrent0/activity"] == priced["signal/recurrent0/activity"])
    for product in ["forward", "backward", "weights"].map({ "operations/\($0)" }) {
      let executed = try #require(plain["\(product)/executed"])
      let dense = try #require(plain["\(product)/dense"])
      #expect(abs(executed / dense - plain[product]!) < 1e-12)
    }
  }

  /// With a wide surrogate every event passes a derivative, with a narrow one none does.
  @Test(arguments: [(1e6, 0), (1e-6, 1)])
  func backwardSparsityIsLogged(width: Double, share: Double) throws {
    let trainer = try Training.trainer(
      #"{"network": {"name": "recurrent", "sizes": [6], "hidden": [],"#
        + #" "cell": {"name": "egru", "surrogateHalfWidth": \#(width)}},"#
        + #" "batch": 10, "updatesPerIteration": 1}"#, task: try Training.task(Self.small))
    let metrics = try Training.run(trainer, iterations: 1)
    #expect(metrics["signal/recurrent0/backwardSparsity"] == share)
    #expect(metrics["validation/recurrent0/backwardSparsity"] == nil)
  }

  /// Every input and spike goes to every neuron, and every spike to every answer.
  @Test func operationsAreThoseOfAStep() throws {
    let task = try Training.task(Self.small)
    let shape = task.specification
    for (batch, updates) in [(6, 1), (10, 3)] {
      let trainer = try Training.trainer(
        #"{"network": {"name": "recurrent", "cell": "lsnn", "sizes": [6], "hidden": []},"#
          + #" "batch": \#(batch), "updatesPerIteration": \#(updates)}"#, task: task)
      let dense = try Training.run(trainer, iterations: 1)["operations/forward/dense"]
      #expect(dense == Double(6 * (shape.inputWidth + 6 + shape.outputWidth)))
    }
  }

  @Test func networksWithoutSpikesHaveNoActivity() throws {
    let trainer = try Training.trainer(
      #"{"network": {"name": "recurrent", "sizes": [6], "hidden": []}, "batch": 10,"#
        + #" "updatesPerIteration": 1}"#, task: try Training.task(Self.small))
    let metrics = try Training.run(trainer, iterations: 1)
    #expect(!metrics.keys.contains { $0.hasSuffix("activity") || $0.hasPrefix("operations") })
  }

  /// A net with so few connections that they alone are multiplied.
  private static let sparse = """
    {"network": {"name": "recurrent", "sizes": [48], "hidden": [40]},
     "batch": 64, "epochs": 4, "updatesPerIteration": 2,
     "rewiring": {"matrices": [{"name": "hidden0/weight", "connectivity": 0.05},
       {"name": "output/weight", "connectivity": 0.2}], "l1": 0.5, "temperature": 1e-4},
     "optimizer": {"learningRate": 0.01}}
    """

  @Test func sparseTrainingContinuesToTheBitWithAnyThreads() throws {
    let task = try Training.task(
      #"{"name": "delayed-copy", "examples": {"training": 256, "validation": 13}}"#)
    let whole = try Training.trainer(Self.sparse, task: task)
    for _ in 0..<3 { _ = try whole.trainIteration() }
    let middle = try Training.state(of: whole)
    let metrics = try (3..<8).map { _ in try whole.trainIteration() }
    let resumed = try Training.trainer(Self.sparse, task: task, threads: 2)
    try resumed.restore(from: middle)
    #expect(try (3..<8).map { _ in try resumed.trainIteration() } == metrics)
    #expect(try Training.state(of: resumed) == Training.state(of: whole))
    for kind in ["forward", "backward", "weights"] {
      let share = metrics.last?.first { $0.name == "operations/\(kind)" }?.value
      #expect(try #require(share) < 0.9, "\(kind)")
    }
  }

  @Test func matricesThatDoNotExistAreNamed() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Training.trainer(
        #"{"batch": 10, "rewiring": {"matrices": [{"name": "input"}]}}"#,
        task: try Training.task(Self.small))
    }
    #expect(error?.path.description == "learner.rewiring.matrices")
    #expect(error?.problem.hasPrefix("input is not a parameter; there are recurrent0/") == true)
  }

  /// An event-based network learns, with few events; shuffled answers cannot be learned.
  @Test func eventsLearnAndStayFew() throws {
    let options = """
      {"network": {"name": "recurrent", "cell": "egru", "sizes": [32], "hidden": []}, "batch": 50,
       "optimizer": {"learningRate": 0.01}, "updatesPerIteration": 400,
       "penalties": [{"signal": "activity", "form": "layer", "weight": 1, "target": 0.05}]}
      """
    let task = try Training.task(#"{"name": "sign-copy", "length": 8}"#)
    let learner = try Training.trainer(options, task: task, threads: 2)
    let metrics = try Training.run(learner, iterations: 1)
    #expect(try Training.test(learner).accuracy > 0.95)
    #expect(try #require(metrics["signal/recurrent0/activity"]) < 0.3)
    let control = try Training.trainer(
      options, task: Training.Shuffled(base: task), threads: 2)
    try Training.run(control, iterations: 1)
    let accuracy = try Training.test(control, count: 2000).accuracy
    #expect(abs(accuracy - 0.5) < 4 * (0.25 / 2000).squareRoot())
  }
}
