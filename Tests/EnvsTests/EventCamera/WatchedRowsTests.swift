import Configuration
import Envs
import Tensor
import Testing

/// Policies to compare with, of environments before an event camera.
@Suite struct WatchedRowsTests {
  private func factory(_ name: String) throws -> EnvironmentFactory {
    try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root).0
  }

  private func mean(
    _ role: ReferencePolicy.Role, in factory: EnvironmentFactory, counter: Int
  ) throws -> (total: Double, count: Double) {
    let row = try #require(factory.referencePolicies.first { $0.role == role })
    let episodes = row.run(8, 1, .test, RandomKey(seed: 3))
    let number = Double(episodes.count)
    return (
      episodes.reduce(0) { $0 + $1.total } / number,
      episodes.reduce(0) { $0 + Double($1.counters[counter]) } / number
    )
  }

  @Test func inverseKinematicsReachesTheMiddleAgainAndAgain() throws {
    let factory = try factory("arm-reaching-events")
    #expect(factory.referencePolicies.map(\.name) == ["random", "oracle"])
    let oracle = try mean(.oracle, in: factory, counter: 0)
    let random = try mean(.random, in: factory, counter: 0)
    // 20 s, in which the tip moves 4 to 7 m by a metre or two a second each time.
    #expect((3...10).contains(oracle.count), "\(oracle)")
    #expect(oracle.total > 4 * max(random.total, 0), "\(oracle), \(random)")
    #expect(random.count < 1)
  }

  @Test func thePursuerOfTheLaneIsThatOfTheLaneItself() throws {
    let watched = try factory("lane-following-events")
    #expect(watched.referencePolicies.map(\.name) == ["random", "oracle"])
    let seen = try mean(.oracle, in: watched, counter: 0)
    let plain = try mean(.oracle, in: factory("lane-following"), counter: 0)
    #expect(seen.total == plain.total)
  }
}
