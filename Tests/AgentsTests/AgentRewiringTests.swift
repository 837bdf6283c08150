import Agents
import Autodiff
import Configuration
import Envs
import Foundation
import NeuroMod
import Tensor
import Testing

/// Deep rewiring in agents that learn from their own experience.
@Suite struct AgentRewiringTests {
  private typealias Choice = SparseLearning.Choice

  private static let network = """
    {"name": "recurrent", "sizes": [12], "hidden": [], "filterDecay": 0.8,
     "cell": {"name": "lsnn", "threshold": 0.1, "delays": 2, "adaptationTime": 50, "refractory": 1,
       "inputWeights": {"distribution": "signedSparse", "scale": 4, "connectivity": 0.5},
       "recurrentWeights": {"distribution": "signedSparse", "scale": 2, "connectivity": 0.5}}}
    """
  private static let connectivity = 0.3
  private static let matrices = ["recurrent0/input", "recurrent0/recurrent"]

  private static func rewiring(_ kind: SparseLearning, _ more: String = "") -> String {
    let list = kind.scopes.flatMap { scope in
      matrices.map { #"{"name": "\#(scope)\#($0)", "connectivity": \#(connectivity)}"# }
    }
    return """
      {"matrices": [\(list.joined(separator: ", "))], "l1": 0.1, "temperature": 1e-4\(more)}
      """
  }

  private static func choice(_ kind: SparseLearning, _ more: String = "") -> Choice {
    Choice(
      network: network, penalties: #"[{"signal": "activity", "weight": 0.1, "target": 0.02}]"#,
      rewiring: rewiring(kind, more), learningRate: 0.03)
  }

  /// The rewired matrices in a checkpoint, by name.
  private static func weights(
    _ kind: SparseLearning, _ agent: any AgentTrainer
  ) throws -> [[(name: String, values: [Float])]] {
    let stored = try SparseLearning.state(of: agent).tensors[.weights] ?? [:]
    return try kind.prefixes.map { prefix in
      try matrices.map { name in
        ("\(prefix)\(name)", try #require(stored[prefix + name]?.floats))
      }
    }
  }

  /// After every update the number of connections is exact, and no entry changes its sign.
  @Test(arguments: SparseLearning.allCases)
  func budgetAndSignsHold(_ kind: SparseLearning) throws {
    var choice = Self.choice(kind)
    choice.isSingleUpdate = true
    let agent = try kind.agent(choice)
    var signs: [String: [Float]] = [:]
    var moved = 0.0
    for iteration in 0..<40 {
      let metrics = try SparseLearning.metrics(agent)
      let networks = try Self.weights(kind, agent)
      // Networks with an optimizer of their own have a limit of their own.
      let groups = kind == .klPPO ? networks : [networks.flatMap { $0 }]
      for (index, group) in groups.enumerated() {
        let entries = group.reduce(0) { $0 + $1.values.count }
        let connections = group.reduce(0) { $0 + $1.values.count { $0 != 0 } }
        let limit = Int(Self.connectivity * Double(entries) + 1e-6)
        #expect(connections == limit, "iteration \(iteration)")
        let scope = kind == .klPPO ? ["actor/", "critic/"][index] : ""
        #expect(metrics["rewiring/\(scope)connections"] == Double(limit))
        moved += try #require(metrics["rewiring/\(scope)moved"])
      }
      for (name, values) in networks.flatMap({ $0 }) {
        var known = signs[name] ?? Array(repeating: 0, count: values.count)
        for (entry, value) in values.enumerated() where value != 0 {
          let sign: Float = value > 0 ? 1 : -1
          #expect(known[entry] == 0 || known[entry] == sign, "\(name)[\(entry)]")
          known[entry] = sign
        }
        signs[name] = known
      }
    }
    #expect(moved > 20, "\(moved) connections moved")
  }

  @Test(arguments: SparseLearning.allCases, ["hard", "soft"])
  func continuesToTheBitWithAnyThreads(_ kind: SparseLearning, variant: String) throws {
    let more = #", "variant": "\#(variant)", "redrawsSigns": \#(variant == "hard")"#
    func bits(_ agent: any AgentTrainer, _ count: Int) throws -> [[UInt64]] {
      try (0..<count).map { _ in try agent.trainIteration().map(\.value.bitPattern) }
    }
    let whole = try kind.agent(Self.choice(kind, more))
    _ = try bits(whole, 3)
    let middle = try SparseLearning.state(of: whole)
    let metrics = try bits(whole, 4)
    var other = Self.choice(kind, more)
    (other.threads, other.seed) = (2, 3)
    let resumed = try kind.agent(other)
    _ = try bits(resumed, 1)
    try resumed.restore(from: middle)
    #expect(try bits(resumed, 4) == metrics)
    #expect(try SparseLearning.state(of: resumed) == SparseLearning.state(of: whole))
  }

  /// An update of the policy that goes too far is undone, connections and their signs included.
  @Test func rollbackRestoresConnections() throws {
    var options = KLProximalOptions()
    options.network = try NetworkChoice(json: JSONValue(parsing: Self.network), at: .root)
    options.rewiring = try RewiringOptions(
      json: JSONValue(parsing: Self.rewiring(.klPPO, #", "redrawsSigns": true"#)), at: .root)
    (options.episodesPerIteration, options.trainCut, options.window) = (6, 8, 4)
    (options.policyEpochs, options.policyLearningRate) = (5, 0.5)
    let agent = try Training.agent(options, in: EnvironmentFactory(name: "clock", Clock()))
    let before = try SparseLearning.state(of: agent)
    let metrics = try SparseLearning.metrics(agent)
    #expect(metrics["policy/rolledBack"] == 1)
    #expect(try #require(metrics["rewiring/actor/moved"]) > 0)
    let after = try SparseLearning.state(of: agent)
    for section in [Archive.Section.weights, .optimizer] {
      func part(_ archive: Archive, _ prefix: String) -> [String: ArchivedTensor]? {
        archive.tensors[section]?.filter { $0.key.hasPrefix(prefix) }
      }
      #expect(part(after, "policy") == part(before, "policy"))
      #expect(part(after, "value") != part(before, "value"), "the critic goes on learning")
    }
  }

  /// Weights of a dense net begin within the limit, and go on with their signs.
  @Test(arguments: SparseLearning.allCases)
  func storedWeightsBeginWithinTheLimit(_ kind: SparseLearning) throws {
    let folder = NSTemporaryDirectory() + "metarl-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let network = #"{"name": "recurrent", "cell": "lsnn", "sizes": [12], "hidden": []}"#
    let dense = try kind.agent(Choice(network: network, seed: 8))
    let tensors = try SparseLearning.state(of: dense).tensors[.weights] ?? [:]
    let file = folder + "/weights.safetensors"
    #expect(
      FileManager.default.createFile(
        atPath: file, contents: Data(Safetensors(tensors: tensors).bytes)))
    var choice = Choice(
      network: network, rewiring: Self.rewiring(kind), learningRate: 0, isSingleUpdate: true)
    choice.storedWeights = file
    let agent = try kind.agent(choice)
    _ = try agent.trainIteration()
    let networks = try Self.weights(kind, agent)
    for group in kind == .klPPO ? networks : [networks.flatMap { $0 }] {
      let entries = group.reduce(0) { $0 + $1.values.count }
      let kept = group.reduce(0) { $0 + $1.values.count { $0 != 0 } }
      #expect(kept == Int(Self.connectivity * Double(entries) + 1e-6))
      for (name, values) in group {
        let first = try #require(tensors[name]?.floats)
        #expect(zip(first, values).allSatisfy { $1 == 0 || $0 == $1 }, "\(name)")
      }
    }
  }

  @Test(arguments: SparseLearning.allCases)
  func matricesThatDoNotExistAreNamed(_ kind: SparseLearning) throws {
    func error(_ name: String) -> ConfigurationError? {
      #expect(throws: ConfigurationError.self) {
        try kind.agent(
          Choice(network: Self.network, rewiring: #"{"matrices": [{"name": "\#(name)"}]}"#))
      }
    }
    let missing = error("\(kind.scopes[0])inputs")
    #expect(missing?.path.description == "agent.rewiring.matrices")
    #expect(missing?.problem.contains("inputs is not a parameter; there are ") == true)
    guard kind == .klPPO else { return }
    let nowhere = error("recurrent0/input")
    #expect(nowhere?.problem == "recurrent0/input is a matrix of no network")
    #expect(nowhere?.remedy == "Let the name begin with actor/ or critic/.")
  }
}
