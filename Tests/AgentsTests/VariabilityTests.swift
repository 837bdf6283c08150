import Agents
import Configuration
import Testing

/// The number of attractors is measured while a network learns, and the network does not notice.
@Suite struct VariabilityTests {
  private typealias Training = SequenceTraining

  private static let everySecond =
    #""variability": {"every": 2, "steps": 30, "states": 12, "measurements": 2},"#

  private func trainer(
    _ options: String, sizes: String = "[5, 4]", threads: Int = 1
  ) throws -> SequenceTrainer {
    try Training.trainer(
      #"{"network": {"name": "recurrent", "sizes": \#(sizes), "hidden": []}, \#(options)"#
        + #" "batch": 8, "updates": 4, "updatesPerIteration": 1}"#,
      task: try Training.task(
        #"{"name": "copy-first-input", "length": 12, "examples": {"validation": 8}}"#),
      threads: threads)
  }

  @Test func measuringDoesNotChangeTheTraining() throws {
    let plain = try trainer("")
    let measured = try trainer(Self.everySecond)
    for iteration in 1...4 {
      let expected = try plain.trainIteration()
      let metrics = try measured.trainIteration()
      #expect(metrics.filter { $0.name != "variability/vaa" } == expected)
      let values = metrics.filter { $0.name == "variability/vaa" }.map(\.value)
      #expect(values.count == (iteration.isMultiple(of: 2) ? 1 : 0))
      #expect(values.allSatisfy { 1.0 / 12 - 1e-9 <= $0 && $0 <= 1 + 1e-9 }, "\(values)")
    }
    #expect(try Training.state(of: measured) == Training.state(of: plain))
  }

  /// The same sequences and inputs each time, however they are divided.
  @Test func theSameNetworkHasTheSameVariability() throws {
    var values: [Double] = []
    for (shards, threads) in [(1, 1), (3, 1), (3, 2)] {
      let trainer = try trainer(
        #"\#(Self.everySecond) "optimizer": {"learningRate": 0}, "shards": \#(shards),"#,
        threads: threads)
      for _ in 0..<4 {
        values += try trainer.trainIteration().filter { $0.name == "variability/vaa" }
          .map(\.value)
      }
    }
    #expect(values.count == 6 && Set(values).count == 1, "\(values)")
  }

  @Test func goesOnToTheBit() throws {
    let whole = try trainer(Self.everySecond)
    for _ in 0..<3 { _ = try whole.trainIteration() }
    let middle = try Training.state(of: whole)
    let resumed = try trainer(Self.everySecond, threads: 2)
    try resumed.restore(from: middle)
    let metrics = try resumed.trainIteration()
    #expect(try metrics == whole.trainIteration())
    #expect(metrics.contains { $0.name == "variability/vaa" })
  }

  @Test func aNetworkWithoutMemoryHasNone() throws {
    let trainer = try trainer(#""variability": {"every": 1},"#, sizes: "[]")
    let error = #expect(throws: ConfigurationError.self) { try trainer.trainIteration() }
    #expect(error?.path.description == "learner.variability")
  }

  @Test func aDeepRecurrentQNetworkIsMeasured() throws {
    var options = try Maze.options(Maze.recurrent())
    (options.episodes, options.episodesPerIteration, options.replayCapacity) = (6, 2, 200)
    (options.updatesPerEpisode, options.shards) = (1, 2)
    let environment = Maze.environment(length: 4)
    let plain = try Maze.agent(options, in: environment)
    (options.variability.every, options.variability.steps) = (2, 20)
    options.variability.states = 10
    let measured = try Maze.agent(options, in: environment, threads: 2)
    for iteration in 1...3 {
      let expected = try plain.trainIteration()
      let metrics = try measured.trainIteration()
      #expect(metrics.filter { $0.name != "variability/vaa" } == expected)
      let value = metrics.first { $0.name == "variability/vaa" }?.value
      #expect((value != nil) == (iteration == 2))
      #expect(value.map { 0.099...1.001 ~= $0 } ?? true, "\(value as Any)")
    }
    #expect(try Maze.state(of: measured) == Maze.state(of: plain))
  }
}
