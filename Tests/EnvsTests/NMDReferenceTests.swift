import Configuration
import Envs
import Foundation
import Tensor
import Testing

/// Returns of the reference policies: those of docs/environments.md, and those that NumPy finds where the
/// rules, and the plan of the oracle in the wind, are written anew (`Tests/Fixtures/nmd/generate.py`).
@Suite struct NMDReferenceTests {
  private static func run(_ name: String, _ row: String, episodes: Int) throws -> [EpisodeReturn] {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root)
    let policy = try #require(factory.referencePolicies.first { $0.name == row })
    return policy.run(episodes, 0.998, .test, RandomKey(seed: 17))
  }

  @Test func theBayesAdaptivePolicyReachesTheOptimumOfBenchmark1() throws {
    let returns = try Self.run("nmd-benchmark1", "oracle", episodes: 20_000)
    #expect(abs(Estimate(returns.map(\.discounted)).mean - 4679) < 2)
    #expect(abs(Estimate(returns.map(\.total)).mean - 13_982) < 3)
    let ceiling = 10 * (1 - pow(0.998, 1400)) / 0.002
    let loss = BayesAdaptivePolicy.explorationLoss(
      first: Double(BayesAdaptivePolicy.firstOffset),
      second: Double(BayesAdaptivePolicy.secondOffset), discount: 0.998)
    let estimate = Estimate(returns.map(\.discounted))
    #expect(abs(estimate.mean - (ceiling - loss)) < 2 * estimate.margin)
  }

  @Test func theOffsetsOfTheBayesAdaptivePolicyAreTheBest() {
    let best = BayesAdaptivePolicy.best(discount: 0.998)
    #expect(abs(best.first - Double(BayesAdaptivePolicy.firstOffset)) < 0.0015)
    #expect(Float(best.second) == BayesAdaptivePolicy.secondOffset)
  }

  /// Where the bias is below 1 in size, probability 1/10, every step hits; elsewhere the mean size is
  /// 5.5.
  @Test func pointingWithoutTheBiasHasAKnownReturn() throws {
    let returns = try Self.run("nmd-benchmark1", "no task knowledge", episodes: 20_000)
    let estimate = Estimate(returns.map(\.total))
    #expect(abs(estimate.mean - 1400 * (0.1 * 10 - 0.9 * 5.5)) < 2 * estimate.margin)
  }

  @Test func theBayesAdaptivePolicyStartsAgainWhenTheBiasIsRedrawn() throws {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(
      .object([
        .init("name", .string("nmd-benchmark1")), .init("goalRedrawProbability", .number(0.01)),
      ]), at: .root)
    let oracle = try #require(factory.referencePolicies.first { $0.role == .oracle })
    let returns = oracle.run(500, 0.998, .test, RandomKey(seed: 1))
    // About 14 redraws, each costing about 18 as at the beginning and the step that noticed it, some 12.
    #expect(abs(Estimate(returns.map(\.total)).mean - 13_550) < 100)
  }

  /// A row of docs/environments.md.
  struct DocumentedRow: Sendable, CustomTestStringConvertible {
    let environment: String
    let name: String
    /// How many episodes the test plays.
    let episodes: Int
    let discounted: Estimate
    let total: Estimate

    init(
      _ environment: String, _ name: String, episodes: Int, discounted: (Double, Double),
      total: (Double, Double)
    ) {
      self.environment = environment
      self.name = name
      self.episodes = episodes
      self.discounted = Estimate(mean: discounted.0, margin: discounted.1)
      self.total = Estimate(mean: total.0, margin: total.1)
    }

    var testDescription: String { "\(environment), \(name)" }
  }

  static let documentedRows = [
    DocumentedRow(
      "nmd-benchmark1", "random", episodes: 4000, discounted: (-3506, 21), total: (-10_744, 66)),
    DocumentedRow(
      "nmd-benchmark1", "no task knowledge", episodes: 20_000, discounted: (-1823, 35),
      total: (-5435, 103)),
    DocumentedRow(
      "nmd-benchmark2", "random", episodes: 6000, discounted: (-171.9, 3), total: (-1367, 15)),
    DocumentedRow(
      "nmd-benchmark2", "no task knowledge", episodes: 4000, discounted: (1514, 20.6),
      total: (12_244, 162)),
    DocumentedRow(
      "nmd-benchmark2", "oracle", episodes: 400, discounted: (7138, 11), total: (57_383, 84)),
    DocumentedRow(
      "nmd-benchmark3", "random", episodes: 5000, discounted: (111.8, 1.7), total: (1091, 8.2)),
    DocumentedRow(
      "nmd-benchmark3", "no task knowledge", episodes: 4000, discounted: (2631, 34.3),
      total: (26_382, 338)),
    DocumentedRow(
      "nmd-benchmark3", "oracle", episodes: 400, discounted: (8392, 12.3), total: (84_160, 125)),
  ]

  /// A row of the fixture.
  private struct IndependentRow: Decodable {
    let environment: String
    let name: String
    let discounted: Estimate
    let total: Estimate
  }

  private static func independentRows() throws -> [IndependentRow] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/nmd/rows.json").standardized
    return try JSONDecoder().decode([IndependentRow].self, from: Data(contentsOf: file))
  }

  /// All are estimates, so three standard errors of a difference are allowed. Where these are more than
  /// 6 %, the test says little and needs more episodes.
  @Test(arguments: documentedRows)
  func rowsReachTheDocumentedReturnsAndThoseOfNumPy(_ row: DocumentedRow) throws {
    let returns = try Self.run(row.environment, row.name, episodes: row.episodes)
    var expected = [("documented", row.discounted, row.total)]
    for other in try Self.independentRows()
    where other.environment == row.environment && other.name == row.name {
      expected.append(("NumPy", other.discounted, other.total))
    }
    #expect(expected.count == 2)
    for (source, discounted, total) in expected {
      for (values, estimate) in [
        (returns.map(\.discounted), discounted), (returns.map(\.total), total),
      ] {
        let found = Estimate(values)
        let allowed = 3 * found.standardError(ofDifferenceFrom: estimate)
        #expect(
          abs(found.mean - estimate.mean) < allowed,
          "\(found.mean) ± \(found.margin), \(source) \(estimate.mean)")
        #expect(allowed < 0.06 * abs(estimate.mean), "\(allowed) of \(estimate.mean)")
      }
    }
  }
}
