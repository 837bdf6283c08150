import Agents
import Configuration
import Envs
import Experiments
import Synchronization
import Testing
import TestSupport

@Suite struct ReferenceRowTests {
  /// Counts how often the reference policy of the test environment is run.
  private final class Counter: Sendable {
    let runs = Atomic<Int>(0)

    var library: Library {
      var library = Library.test
      library.environments.register(
        .init("walk", "A line.", options: Walk.self) { walk in
          let policy = walk.factory.referencePolicies[0]
          return EnvironmentFactory(
            specification: walk.factory.specification,
            referencePolicies: [
              ReferencePolicy(name: policy.name, role: policy.role, summary: policy.summary) {
                episodes, discount, tasks, key in
                self.runs.add(1, ordering: .relaxed)
                return policy.run(episodes, discount, tasks, key)
              }
            ]
          ) { _, _, _, _ in preconditionFailure("nothing steps batches of walks") }
        })
      return library
    }
  }

  private let scratch: Scratch
  private let counter = Counter()

  init() throws { scratch = try Scratch() }

  private func runs(_ changes: String..., seeds: Int, at name: String) throws -> [RunDirectory] {
    let json = try changes.reduce(TestRun.json("agent.iterations=2")) {
      try $0.applying(Override($1))
    }
    return try Sweep.prepare(
      json, origin: RunOrigin(file: "walk.json", changes: []),
      seeds: (0..<UInt64(seeds)).map { $0 }, in: RunDirectory(scratch[name]),
      library: counter.library)
  }

  private func finish(_ run: RunDirectory) throws -> Summary? {
    let experiment = try ResolvedExperiment(
      json: run.storedExperiment(), library: counter.library)
    guard
      case .finished(let summary) = try Session(
        experiment, in: run, options: SessionOptions()
      ).run()
    else { return nil }
    return summary
  }

  @Test func seedsShareOneComputation() throws {
    let runs = try runs(seeds: 3, at: "out")
    try ReferenceRow.share(among: runs, library: counter.library)
    #expect(counter.runs.load(ordering: .relaxed) == 1)
    let summaries = try runs.map { try #require(try finish($0)) }
    #expect(counter.runs.load(ordering: .relaxed) == 1)
    #expect(summaries.allSatisfy { $0.references.map(\.name) == ["stays"] })
    #expect(summaries.allSatisfy { $0.references == summaries[0].references })
    // A run by itself comes to the same rows.
    let alone = try #require(try finish(try self.runs(seeds: 1, at: "alone")[0]))
    #expect(counter.runs.load(ordering: .relaxed) == 2)
    #expect(alone.references == summaries[0].references)
    // What is complete needs nothing any more.
    try ReferenceRow.share(among: runs, library: counter.library)
    #expect(counter.runs.load(ordering: .relaxed) == 2)
  }

  @Test(arguments: [
    "evaluation.episodes=11", "evaluation.seed=4", "environment.length=5", "agent.discount=0.8",
  ])
  func otherQuestionsAreAnsweredAnew(change: String) throws {
    let runs = try runs(seeds: 2, at: "out") + runs(change, seeds: 2, at: "other")
    try ReferenceRow.share(among: runs, library: counter.library)
    #expect(counter.runs.load(ordering: .relaxed) == 2)
    let rows = ["out/seed0", "out/seed1", "other/seed0", "other/seed1"].map {
      scratch.bytes($0 + "/references.json")
    }
    #expect(rows[0] != nil && rows[0] == rows[1] && rows[2] == rows[3] && rows[0] != rows[2])
  }

  @Test func nothingIsComputedWhereNothingIsWanted() throws {
    let runs = try runs("evaluation.references=false", seeds: 2, at: "out")
    try ReferenceRow.share(among: runs, library: counter.library)
    #expect(try finish(runs[0])?.references == [])
    #expect(counter.runs.load(ordering: .relaxed) == 0)
    #expect(scratch.bytes("out/seed0/references.json") == nil)
  }
}
