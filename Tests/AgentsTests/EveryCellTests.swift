import Agents
import Autodiff
import Configuration
import NeuroMod
import Tensor
import Testing

/// Any registered cell can take the place of any other where agents learn.
@Suite struct EveryCellTests {
  static let names = Registry<CellFactory>.standard.entries.map(\.name)

  /// One iteration: finite metrics, and in every layer of `layers` the parameters of the cell `name`, some of
  /// which have changed; of a cell that learns nothing, some around it.
  private static func expectLearning(
    _ trainer: some Trainer, of name: String, in layers: [(network: String, layer: String)]
  ) throws {
    let cell = try CellChoice(json: .string(name), at: .root).cell(size: 6)
    let program = Program { tracer in
      tracer.output("y", cell.step(tracer.input("x", width: 3), in: tracer))
    }
    func weights() throws -> [String: ArchivedTensor] {
      var archive = Archive()
      try trainer.save(into: &archive)
      return try #require(archive.tensors[.weights])
    }
    let before = try weights()
    let metrics = try trainer.trainIteration()
    #expect(metrics.allSatisfy { $0.value.isFinite }, "\(metrics.filter { !$0.value.isFinite })")
    let after = try weights()
    #expect(after.values.allSatisfy { $0.floats?.allSatisfy(\.isFinite) == true })
    for (network, layer) in layers {
      let own = after.keys.filter { $0.hasPrefix(network + layer) }
      #expect(Set(own) == Set(program.parameters.map { network + layer + $0.name }))
      let scope = program.parameters.contains(where: \.isLearned) ? network + layer : network
      let changed = after.contains { $0.key.hasPrefix(scope) && $0.value != before[$0.key] }
      #expect(changed, "nothing changed in \(scope)")
    }
  }

  @Test(arguments: names) func actsAndJudges(cell: String) throws {
    var settings = ActorCriticSettings()
    settings.network = try NetworkChoice(
      json: JSONValue(
        parsing: #"{"name": "recurrent", "cell": "\#(cell)", "sizes": [6], "hidden": []}"#),
      at: .root)
    (settings.environments, settings.rolloutSteps, settings.rolloutsPerIteration) = (4, 12, 2)
    let agent = try ActorCriticTests.agent(settings, in: Buttons().factory)
    try Self.expectLearning(
      agent, of: cell,
      in: [("network/actor/", "recurrent0/"), ("network/critic/", "recurrent0/")])
  }

  @Test(arguments: names) func modulates(cell: String) throws {
    var options = try Training.smallOptions
    options.network = try NetworkChoice(
      json: JSONValue(
        parsing: #"{"name": "nmd", "cell": "\#(cell)", "sizes": [6], "modulationSize": 5, "#
          + #""hidden": [4]}"#), at: .root)
    let agent = try Training.agent(options, in: Training.biasedTarget())
    try Self.expectLearning(
      agent, of: cell,
      in: [("policy/", "modulator/recurrent0/"), ("value/", "modulator/recurrent0/")])
  }
}
