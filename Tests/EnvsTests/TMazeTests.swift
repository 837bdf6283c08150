import Configuration
import Envs
import Foundation
import Tensor
import Testing

@Suite struct TMazeTests {
  private static func factory(length: Int, noise: Float = 0) throws -> EnvironmentFactory {
    try Registry<EnvironmentFactory>.standard.make(
      .object([
        .init("name", .string("tmaze")), .init("length", .number(length)),
        .init("noise", .number(noise)),
      ]), at: .root
    ).0
  }

  private static func batch(length: Int, noise: Float = 0, count: Int = 1)
    -> BatchedEnvironment<TMaze>
  {
    let batch = BatchedEnvironment(
      TMaze(.init(length: length, noise: noise)), name: "tmaze", count: count,
      key: RandomKey(seed: 3))
    batch.autoreset = false
    return batch
  }

  private static func sight(_ numbers: UnsafePointer<Float>) -> TMaze.Sight? {
    let ones = (0..<4).filter { numbers[$0] == 1 }
    let zeros = (0..<4).filter { numbers[$0] == 0 }
    return ones.count == 1 && zeros.count == 3 ? TMaze.Sight(rawValue: ones[0]) : nil
  }

  /// Every action in every cell of a maze of length 2, as the paper's appendix has it: where it leads,
  /// what it pays, what is seen then. The goal is above.
  @Test(arguments: [
    (0, TMaze.Move.right, 1, 0.0, TMaze.Sight.corridor), (0, .up, 0, -0.1, .up),
    (0, .left, 0, -0.1, .up), (0, .down, 0, -0.1, .up),
    (1, .right, 2, 0, .junction), (1, .up, 1, -0.1, .corridor), (1, .left, 0, 0, .up),
    (1, .down, 1, -0.1, .corridor),
    (2, .right, 2, -0.1, .junction), (2, .up, 2, 4, .junction), (2, .left, 1, 0, .corridor),
    (2, .down, 2, -0.1, .junction),
  ])
  func everyStep(
    from cell: Int, _ move: TMaze.Move, to next: Int, reward: Double, sight: TMaze.Sight
  ) {
    for task in [TMaze.Task.up, .down] {
      let batch = Self.batch(length: 2)
      batch.place(row: 0, in: TMaze.State(cell: cell), of: task)
      // Upside down, the world with the goal below is the one with the goal above.
      let isTurned = task == .down
      let turned: TMaze.Move =
        switch move {
        case .up where isTurned: .down
        case .down where isTurned: .up
        default: move
        }
      batch.step([Float(turned.rawValue)])
      #expect(batch.state(row: 0).cell == next)
      #expect(batch.rewards[0] == Float(reward))
      let isEnd = cell == 2 && (move == .up || move == .down)
      #expect(batch.ends[0] == (isEnd ? .terminated : .running))
      #expect((batch.state(row: 0).side != 0) == isEnd)
      #expect(Self.sight(batch.finalObservations) == (sight == .up && isTurned ? .down : sight))
      for action in 0..<4 {
        #expect(batch.executedActions[action] == (action == turned.rawValue ? 1 : 0))
      }
    }
  }

  @Test func timeRunsOutAfterThreeLengthsMinusOne() {
    for length in [1, 2, 7] {
      let batch = Self.batch(length: length)
      for step in 1...3 * length - 1 {
        batch.step([Float(TMaze.Move.left.rawValue)])
        #expect(batch.ends[0] == (step == 3 * length - 1 ? .truncated : .running))
      }
    }
    // The goal in the very last step of the time.
    let batch = Self.batch(length: 7)
    for _ in 0..<12 { batch.step([Float(TMaze.Move.up.rawValue)]) }
    for _ in 0..<7 { batch.step([Float(TMaze.Move.right.rawValue)]) }
    #expect(batch.ends[0] == .running)
    batch.step([Float(TMaze.Move.up.rawValue)])
    #expect(batch.ends[0] == .both)
  }

  @Test func onlyTheStraightWayIsOptimal() {
    let (right, left): (Float, Float) = (0, 2)
    for (moves, expected) in [
      ([right, right], [1, 1]), ([left, right, right], [1, 0]),
      ([right, left, right, right], [1, 0]), ([right, right, right], [1, 0]),
    ] as [([Float], [Float])] {
      let batch = Self.batch(length: 2)
      let turn: TMaze.Move = batch.task(row: 0) == .up ? .up : .down
      for move in moves { batch.step([move]) }
      batch.step([Float(turn.rawValue)])
      #expect([batch.counters[0], batch.counters[1]] == expected, "\(moves)")
    }
  }

  /// Noise moves at random in the corridor, pays for what was chosen, and spares the junction.
  @Test func noiseMovesAtRandomInTheCorridor() {
    let (rows, noise) = (20_000, Float(0.4))
    let batch = Self.batch(length: 5, noise: noise, count: rows)
    func moved(from cell: Int, _ move: TMaze.Move) -> [Int: Double] {
      for row in 0..<rows { batch.place(row: row, in: TMaze.State(cell: cell), of: .up) }
      batch.step(Array(repeating: Float(move.rawValue), count: rows))
      var shares: [Int: Double] = [:]
      for row in 0..<rows {
        shares[batch.state(row: row).cell - cell, default: 0] += 1
        #expect(batch.rewards[row] == (move == .up && cell < 5 ? -0.1 : 0))
      }
      return shares.mapValues { $0 / Double(rows) }
    }
    func isNear(_ share: Double?, _ probability: Double) -> Bool {
      abs((share ?? 0) - probability) < 4 * (probability / Double(rows)).squareRoot()
    }
    let right = moved(from: 2, .right)
    #expect(isNear(right[1], 0.7) && isNear(right[-1], 0.1) && isNear(right[0], 0.2), "\(right)")
    let up = moved(from: 2, .up)
    #expect(isNear(up[1], 0.1) && isNear(up[-1], 0.1) && isNear(up[0], 0.8), "\(up)")
    let first = moved(from: 0, .right)
    #expect(isNear(first[1], 0.7) && isNear(first[0], 0.3), "\(first)")
    #expect(moved(from: 5, .left) == [-1: 1])
  }

  // MARK: Rows to compare with

  private static func returns(
    _ role: ReferencePolicy.Role, length: Int, noise: Float = 0, episodes: Int
  ) throws -> [EpisodeReturn] {
    let policy = try #require(
      factory(length: length, noise: noise).referencePolicies.first { $0.role == role })
    return policy.run(episodes, 0.98, .test, RandomKey(seed: 17))
  }

  /// The values of the study: 4 · 0.98ᴸ with memory, 1.95 · 0.98ᴸ without.
  @Test(arguments: [
    (10, 3.268, 1.593), (20, 2.670, 1.302), (50, 1.457, 0.710), (100, 0.530, 0.259),
    (200, 0.0704, 0.0343),
  ])
  func turningAsTheSignSaidIsOptimal(length: Int, best: Double, memoryless: Double) throws {
    for episode in try Self.returns(.oracle, length: length, episodes: 50) {
      #expect(abs(episode.total - 4) < 1e-6 && episode.length == length + 1)
      #expect(abs(episode.discounted - best) < 5e-4 && episode.counters == [1, 1])
    }
    let without = try Self.returns(.naive, length: length, episodes: 2000)
    let estimate = Estimate(without.map(\.discounted))
    #expect(abs(estimate.mean - memoryless) < 2 * estimate.margin, "\(estimate)")
    #expect(Set(without.map { Float($0.total) }) == [4, -0.1])
  }

  /// Expected returns by carrying probabilities through all steps. Policies give the probabilities of
  /// right, up, left and down in the corridor, and of right, the goal, left and the other side at the
  /// junction.
  private static func expectation(
    length: Int, noise: Double, corridor: [Double], junction: [Double]
  ) -> (total: Double, discounted: Double) {
    var here = [1] + Array(repeating: 0.0, count: length)
    var (total, discounted, power) = (0.0, 0.0, 1.0)
    for _ in 0..<3 * length - 1 {
      var next = Array(repeating: 0.0, count: length + 1)
      var reward = 0.0
      for cell in 0..<length {
        for (chosen, probability) in corridor.enumerated() {
          let isBump = chosen % 2 == 1 || (chosen == 2 && cell == 0)
          reward -= isBump ? 0.1 * here[cell] * probability : 0
          for (move, change) in [1, 0, -1, 0].enumerated() {
            let share = (move == chosen ? 1 - noise : 0) + noise / 4
            next[max(0, cell + change)] += here[cell] * probability * share
          }
        }
      }
      reward += here[length] * (4 * junction[1] - 0.1 * (junction[0] + junction[3]))
      next[length] += here[length] * junction[0]
      next[length - 1] += here[length] * junction[2]
      total += reward
      discounted += power * reward
      power *= 0.98
      here = next
    }
    return (total, discounted)
  }

  @Test(arguments: [(10, 0.0), (10, 0.3), (3, 1.0)])
  func rowsReachTheirExpectations(length: Int, noise: Double) throws {
    let (uniform, right) = (Array(repeating: 0.25, count: 4), [1.0, 0, 0, 0])
    for (role, corridor, junction) in [
      (ReferencePolicy.Role.random, uniform, uniform), (.naive, right, [0, 0.5, 0, 0.5]),
      (.oracle, right, [0, 1, 0, 0]),
    ] {
      let expected = Self.expectation(
        length: length, noise: noise, corridor: corridor, junction: junction)
      let returns = try Self.returns(
        role, length: length, noise: Float(noise), episodes: 8000)
      for (values, value) in [
        (returns.map(\.total), expected.total), (returns.map(\.discounted), expected.discounted),
      ] {
        let estimate = Estimate(values)
        #expect(
          abs(estimate.mean - value) < max(1.5 * estimate.margin, 1e-6),
          "\(role): \(estimate), expected \(value)")
      }
    }
  }

  @Test(arguments: [(1, Float(0)), (10, 0), (5, 0.5)])
  func keepsTheRules(length: Int, noise: Float) throws {
    for finding in EnvironmentChecker(try Self.factory(length: length, noise: noise)).run() {
      #expect(finding.passed, "\(finding)")
    }
  }
}
