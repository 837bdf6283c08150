import Agents
import Configuration
import NeuroMod
import Tensor
import Testing

/// Networks that are trained with dropout, zoneout, noise and lost connections.
@Suite struct NoisyTrainingTests {
  private static let task =
    #"{"name": "sign-copy", "length": 4, "examples": {"training": 0, "validation": 0}}"#

  private static func trainer(_ network: String, cell: String) throws -> SequenceTrainer {
    try SequenceTraining.trainer(
      #"{"network": {"name": "recurrent", "sizes": [16, 16], "hidden": [8], "cell": \#(cell)\#(network)},"#
        + #" "batch": 20, "updatesPerIteration": 3, "optimizer": {"learningRate": 0.01}}"#,
      task: try SequenceTraining.task(Self.task))
  }

  private static let kinds: [(network: String, cell: String)] = [
    (#", "dropout": 0.5"#, #""egru""#), (#", "inputDropout": 0.5"#, #""egru""#),
    ("", #"{"name": "egru", "zoneout": 0.5}"#), ("", #"{"name": "egru", "dropConnect": 0.5}"#),
    ("", #"{"name": "lsnn", "refractory": 0, "currentNoise": 0.01}"#),
  ]

  /// What is trained differs, and the same weights give the same answers with and without.
  @Test(arguments: kinds.indices) func noiseActsInTrainingAlone(_ index: Int) throws {
    let (network, cell) = Self.kinds[index]
    let plain = try Self.trainer(
      "", cell: cell.contains("lsnn") ? #"{"name": "lsnn", "refractory": 0}"# : #""egru""#)
    let noisy = try Self.trainer(network, cell: cell)
    #expect(try SequenceTraining.weights(of: plain) == SequenceTraining.weights(of: noisy))
    #expect(try SequenceTraining.test(noisy, count: 100).loss.isFinite)
    if !cell.contains("zoneout") {
      // Zoneout has an effect where it is not random, too.
      #expect(
        try SequenceTraining.test(plain, count: 100) == SequenceTraining.test(noisy, count: 100))
    }
    try SequenceTraining.run(plain, iterations: 1)
    try SequenceTraining.run(noisy, iterations: 1)
    #expect(try SequenceTraining.weights(of: plain) != SequenceTraining.weights(of: noisy))
  }

  /// An agent's updates have to see the network that acted.
  @Test(arguments: [#""dropout": 0.1"#, #""cell": {"name": "egru", "dropConnect": 0.1}"#])
  func agentsRefuseNoise(_ option: String) throws {
    var options = try Training.smallOptions
    options.network = try NetworkChoice(
      json: JSONValue(parsing: #"{"name": "recurrent", "sizes": [8], "hidden": [6], \#(option)}"#),
      at: .root)
    let environment = try Training.biasedTarget()
    let error = #expect(throws: ConfigurationError.self) {
      try Training.agent(options, in: environment)
    }
    #expect(error.map { "\($0)" }?.contains("this agent learns without any") == true)
  }
}
