import Agents
import Configuration
import Envs
import Scenes
import Tensor
import Testing

/// What motor neurons see: places of hand-made fields, and the fields of an agent.
@Suite struct ReceptiveFieldTests {
  private static let image = ObservationImage(width: 5, height: 3)

  /// A field with a single weight.
  private static func field(row: Int, column: Int) -> ReceptiveField {
    var weights = [Float](repeating: 0, count: image.count)
    weights[row * image.width + column] = 0.3
    return ReceptiveField(weights, of: image)
  }

  @Test(
    arguments: [
      (1, 4, 0), (1, 0, Double.pi), (0, 2, Double.pi / 2), (2, 2, -Double.pi / 2),
      (0, 3, Double.pi / 4), (2, 1, -3 * Double.pi / 4),
    ] as [(Int, Int, Double)])
  func aFieldLiesWhereItsWeightsAre(row: Int, column: Int, direction: Double) throws {
    let found = try #require(Self.field(row: row, column: column).direction)
    #expect(abs(found - direction) < 1e-12)
  }

  @Test func whatBalancesHasNoDirection() {
    for weight: Float in [0, 0.1, 3] {
      let weights = [Float](repeating: weight, count: Self.image.count)
      #expect(ReceptiveField(weights, of: Self.image).direction == nil)
    }
  }

  /// What is seen left of the middle must be driven right.
  @Test func theRightDriveIsTowardsTheMiddle() throws {
    let left = Self.field(row: 1, column: 0)
    for (drive, angle) in [(0, 0), (0.5, 0.5), (-0.5, 0.5), (.pi, .pi), (2 * .pi, 0)]
      as [(Double, Double)]
    {
      let found = try #require(left.angle(to: drive))
      #expect(abs(found - angle) < 1e-12, "\(drive): \(found)")
    }
  }

  @Test func theAnalysisAveragesWhatHasADirection() {
    let blank = ReceptiveField([Float](repeating: 0, count: Self.image.count), of: Self.image)
    let fields = [Self.field(row: 1, column: 0), Self.field(row: 0, column: 2), blank]
    let result = FieldAnalysis(fields, drives: [0, 1.25 * .pi, 0]).run()
    let figures = Dictionary(uniqueKeysWithValues: result.figures.map { ($0.name, $0.value) })
    #expect(figures["mean angle, °"] == 22.5)
    #expect(figures["worst angle, °"] == 45)
    #expect(figures["neuron 1: drives to, °"] == 225)
    #expect(figures["neuron 1: field lies at, °"] == 90)
    #expect(figures["neuron 1: angle, °"] == 45)
    #expect(figures["neuron 2: angle, °"]?.isNaN == true)
    #expect(result.diagrams.map(\.xTitle) == ["off by 0°", "off by 45°", "no field"])
    #expect(result.diagrams.map(\.curves.count) == [2, 2, 1])
    #expect(result.diagrams[1].image?.pixels == fields[1].weights)
  }

  // MARK: Agents

  private static let environment =
    #"{"name": "ball-reaching-events", "camera": {"width": 9, "height": 7}}"#

  private static func agent(
    _ options: String = #"{"network": {"parallelSynapses": 3, "connectionProbability": 0.5, "#
      + #""synapses": {"initialMean": 1, "initialDeviation": 1}}}"#
  ) throws -> SporeAgent {
    try SporeAgentTests.agent(options, environment: environment)
  }

  @Test func fieldsAreSumsOverParallelSynapses() throws {
    let agent = try Self.agent()
    var archive = Archive()
    try agent.save(into: &archive)
    let stored = try archive.floats("network/input/weight", count: 63 * 3 * 8, in: .optimizer)
    #expect(agent.analyses.map(\.name) == ["fields"])
    let analysis = try #require(agent.analyses.first)
    let diagrams = try analysis.run(analysis.defaultEpisodes, RandomKey(seed: 0)).diagrams
    #expect(diagrams.count == 8)
    for (neuron, diagram) in diagrams.enumerated() {
      let image = try #require(diagram.image)
      #expect(image.columns == 9)
      let sums = (0..<63).map { pixel in
        (0..<3).reduce(Float(0)) { $0 + stored[(pixel * 3 + $1) * 8 + neuron] }
      }
      #expect(sums.contains { $0 > 0 })
      #expect(image.pixels.count == 63)
      #expect(zip(image.pixels, sums).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  /// Directions need a population vector, and pixels that motor neurons see directly.
  @Test func othersHaveNoFields() throws {
    let hidden = try Self.agent(#"{"network": {"hidden": 4}}"#)
    #expect(hidden.analyses.isEmpty)
    let lane = try SporeAgentTests.agent(
      #"{"decoder": {"form": "linear"}}"#, environment: #""lane-following-events""#)
    #expect(lane.analyses.isEmpty)
  }

  /// Two rows of four images of 9 × 7 pixels, with a grey line between them.
  @Test func thePlayerShowsTheFields() throws {
    let agent = try Self.agent()
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(
      JSONValue(parsing: Self.environment), at: .root)
    let environment = factory.makeBatch(count: 1, key: RandomKey(seed: 1))
    let player = try #require(try agent.makePlayer(in: environment, key: RandomKey(seed: 1)))
    var dashboard = Dashboard()
    player.show(on: &dashboard)
    let panel = try #require(dashboard.panels.last)
    #expect(panel.name == "what motor neurons see")
    guard case .matrix(let numbers, columns: 39) = panel.content else {
      return #expect(Bool(false), "four images and three lines are 39 pixels wide")
    }
    #expect(numbers.count == 15 * 39)
    #expect(numbers.filter(\.isNaN).count == 39 + 14 * 3)
  }
}
